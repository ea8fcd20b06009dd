"""What the columns of a file may be called: in English, Welsh and the languages around."""

import re
from collections.abc import Mapping

#: Field -> headings by which it goes, without blanks, case and punctuation.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "email": (
        *("email", "emailaddress", "mail", "mailaddress", "address1email", "contactemail", "primaryemail"),
        *("whatisyouremailaddress", "whatisyouremail", "email1address"),
        *("email1value", "youremail", "youremailaddress", "workemail", "adresseemail", "emailadresse"),
        *("ebost", "cyfeiriadebost", "cyfeiriadebosts", "courriel", "adresseélectronique", "adressemail"),
        *("mailadresse", "emailadres", "emails", "emailaddresses", "correo", "correoelectrónico"),
        *("correoelectronico", "direccióndecorreo", "indirizzoemail", "postaelettronica", "endereçodeemail"),
        *("adresemail", "epost", "epostadress", "sähköposti", "emailid", "subscriberemail"),
    ),
    "other_emails": (
        *("email2value", "email2address", "secondaryemail", "secondemail", "otheremail", "otheremails"),
        *("alternativeemail", "alternateemail", "ailebost"),
    ),
    "more_emails": ("email3value", "email3address", "thirdemail"),
    "name": (
        *("yourfullname", "whatisyourname", "nameinfull"),
        *("name", "fullname", "displayname", "contactname", "yourname", "contact", "nom", "namen", "enw"),
        *("enwllawn", "nomcomplet", "vollständigername", "vollername", "nombrecompleto", "nomeecognome"),
        *("nomecompleto", "volledigenaam", "naam", "imięinazwisko", "namn", "nimi"),
    ),
    "given_name": (
        *("firstname", "givenname", "forename", "forenames", "fname", "first", "vorname", "prenom", "prénom"),
        *("enwcyntaf", "nombre", "nombredepila", "nome", "voornaam", "imię", "förnamn", "etunimi"),
    ),
    "surname": (
        *("surname", "lastname", "familyname", "lname", "last", "nachname", "secondname", "zuname"),
        *("cyfenw", "nomdefamille", "familienname", "apellido", "apellidos", "cognome", "sobrenome"),
        *("apelido", "achternaam", "nazwisko", "efternamn", "sukunimi"),
    ),
    "organisation": (
        *("organisation", "organization", "organisations", "organizations", "organisationname"),
        *("organizationname", "company", "companyname", "employer", "institution", "affiliation", "org"),
        *("currentemployer", "sefydliad", "cyflogwr", "cwmni", "firma", "unternehmen", "einrichtung"),
        *("organisme", "société", "entreprise", "organización", "empresa", "institución", "azienda"),
        *("organizzazione", "organisatie", "bedrijf", "organizacja", "organização", "empresas"),
    ),
    "position": (
        *("organizationtitle", "organisationtitle"),
        *("position", "jobtitle", "job", "jobrole", "swydd", "teitlswydd", "funktion", "fonction", "poste"),
        *("cargo", "puesto", "functie", "stanowisko", "berufsbezeichnung"),
    ),
    "role": ("role", "roles", "studyrole", "rôl", "rolle", "rôle", "rol", "ruolo", "rola"),
    "language": (
        *("language", "lang", "locale", "preferredlanguage", "sprache", "langue", "iaith", "dewisiaith"),
        *("idioma", "lingua", "taal", "język", "språk"),
    ),
    "format": ("format", "emailformat", "emailtype", "preferredformat", "fformat"),
    "list": ("list", "lists", "mailinglist", "mailinglists", "newsletter", "newsletters", "rhestr", "liste"),
    "basis": ("basis", "lawfulbasis", "legalbasis"),
    "given_on": (
        *("givenon", "consentdate", "dateofconsent", "consentgiven", "consentgivenon", "consentedon"),
        *("dategiven", "optintime", "confirmtime", "signupdate", "signedup", "dateconsented", "subscribedon"),
        *("dyddiadcydsyniad", "einwilligungam", "datedeconsentement", "fechadeconsentimiento"),
    ),
    "expires_on": ("expireson", "expires", "consentexpires", "consentuntil"),
    "source": ("source", "consentsource", "howconsentwasgiven", "origin", "evidence", "ffynhonnell"),
    "channel": ("channel", "consentchannel"),
    "wording": ("wording", "consentwording"),
    "notes": (
        *("notes", "note", "comment", "comments", "remarks", "nodiadau", "bemerkung", "bemerkungen"),
        *("notizen", "remarques", "notas", "observaciones", "opmerkingen", "uwagi"),
    ),
    "tags": ("tags", "tag", "labels", "tagiau", "etiquetas", "étiquettes", "schlagwörter"),
    "postal_address": (
        *("postaladdress", "address", "mailingaddress", "streetaddress", "homeaddress", "cyfeiriad"),
        *("cyfeiriadpost", "anschrift", "adresse", "adressepostale", "dirección", "indirizzo", "adres"),
    ),
    "subscriber": ("subscriber", "subscribertype"),
}
#: Fields that no heading means by itself: a preset or the operator says which column holds them.
MORE = ("status", "opted_out", "left_on", "stop", "street", "city", "postcode", "country")
#: A column that is passed over, and the beginnings of those that are kept under a name of their own.
IGNORE, OWN, EVIDENCE = "ignore", "field:", "detail:"
FIELDS = (*HEADINGS, *MORE, IGNORE)
#: Fields of which a second column is passed over rather than refused.
SPARE = ("other_emails", "more_emails", "position")
_FIELDS = {heading: name for name, headings in HEADINGS.items() for heading in headings}
#: What may tell that somebody left, in a column that nothing else explains.
_LEAVING = re.compile(
    "unsub|optout|optedout|optin|donot|noemail|nomail|bounce|suppress|block|cleaned|status|withdrawn|deceased"
    "|consent|subscribed|subscription|left|leaver|stop|remove|permission|marketing|gdpr|maywe|dead"
    "|abgemeldet|abmeldung|einwilligung|désabonn|desabonn|désinscri|baja|dadtanysgrif|cydsyni"
)


def plain(heading: str) -> str:
    """A heading without blanks, case and punctuation: what two headings are compared by."""
    return re.sub(r"[\W_]", "", heading).casefold()


def field_of(heading: str) -> str:
    """The field that a heading means by itself, or ''."""
    bare = heading.strip()
    return bare if bare.startswith(OWN) and bare != OWN else _FIELDS.get(plain(heading), "")


def may_say_who_left(heading: str) -> bool:
    """Whether a column that is passed over might say that people are not to be written to."""
    return bool(_LEAVING.search(plain(heading)))
