"""Odd shapes of files and cells: read as people meant them, with what was guessed said aloud."""

from dataclasses import replace

import pytest

from newsletter.contacts import (
    apply_import,
    contact_card,
    find_contacts,
    plan_import,
    read_mapping,
    suppress_address,
    write_rejects,
)
from newsletter.errors import ImportRejected, InputError


@pytest.fixture
def plan(people_db, order, now):
    """Plan the import of a text or of bytes."""

    def make(data, **odd):
        order.path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return plan_import(people_db, replace(order, **odd), now)

    return make


def people(plan):
    return [(p.contact.name, p.address.email) for p in plan.people()]


@pytest.mark.parametrize(
    ("cell", "name", "emails"),
    [
        ("Ada Obi <ada@example.org>", "Ada Obi", ["ada@example.org"]),
        ('"""Obi, Ada"" <ada@example.org>"', "Obi, Ada", ["ada@example.org"]),
        ("<ada@example.org>", "", ["ada@example.org"]),
        ("mailto:ada@example.org", "", ["ada@example.org"]),
        ("mailto:ada@example.org?subject=hello", "", ["ada@example.org"]),
        ("ada@example.org; obi@example.org", "", ["ada@example.org", "obi@example.org"]),
        ('"ada@example.org, obi@example.org"', "", ["ada@example.org", "obi@example.org"]),
        ('"ada@example.org\nobi@example.org"', "", ["ada@example.org", "obi@example.org"]),
        ("“ada@example.org”", "", ["ada@example.org"]),
        ("\u200bada@example.org\u00a0", "", ["ada@example.org"]),
        ("'ada@example.org'", "", ["ada@example.org"]),
    ],
)
def test_an_address_is_found_however_its_cell_is_written(plan, cell, name, emails):
    [ada] = plan(f"email,notes\n{cell},x\n").people()
    assert ada.contact.name == name
    assert [ada.address.email, *(other.email for other in ada.others)] == emails


@pytest.mark.parametrize(
    "cell", ["ada", "ada@example.org; nobody", "Ada <ada>", "<>", "ada@example.org>", "a b"]
)
def test_a_cell_that_holds_anything_else_is_rejected(plan, cell):
    [problem] = plan(f"email,notes\n{cell},x\n").problems()
    assert (problem.line, problem.field) == (2, "email")


def test_further_addresses_are_kept_and_come_again_without_a_change(people_db, plan, now):
    text = "email\nada@example.org; obi@example.org\n"
    apply_import(people_db, plan(text), now)
    [ada] = find_contacts(people_db, "obi@example.org")
    assert find_contacts(people_db, "ada@example.org") == [ada]
    again = plan(text).counts()
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 1)
    more = plan("email\nada@example.org; obi@example.org; third@example.org\n")
    assert [p.changes for p in more.people("changed")] == [[("address", "", "third@example.org")]]
    apply_import(people_db, more, now)
    assert find_contacts(people_db, "third@example.org") == [ada]


@pytest.mark.parametrize(
    "text",
    [
        'Bcc: ada@example.org; "Obi, Ben" <ben@example.org>,\n  cleo@example.org\n',
        'ada@example.org, "Obi, Ben" <ben@example.org>, cleo@example.org',
        'ada@example.org;\n"Obi, Ben" <ben@example.org>\ncleo@example.org;',
    ],
)
def test_a_bcc_list_is_read_without_being_told(plan, text):
    found = plan(text)
    assert people(found) == [
        ("", "ada@example.org"),
        ("Obi, Ben", "ben@example.org"),
        ("", "cleo@example.org"),
    ]
    assert "Bcc" in found.notes[0]


def test_lines_of_a_bcc_list_are_counted_and_what_is_no_address_is_told(plan):
    found = plan("ada@example.org;\n\nBen <ben@>;\ncleo@example.org", program="bcc")
    assert [(p.line, p.field) for p in found.problems()] == [(3, "email")]
    assert [p.line for p in found.people()] == [1, 4]


def test_mac_roman_is_told_from_windows_1252(plan):
    mac = "name,email\nZoë Müller,zoe@example.org\nSéan Peña,sean@example.org\n"
    found = plan(mac.encode("mac_roman"))
    assert people(found)[0][0] == "Zoë Müller"
    assert "Mac Roman" in found.notes[0]
    found = plan(mac.replace("ë", "’ë").encode("cp1252"))
    assert people(found)[0][0] == "Zo’ë Müller"


def test_an_encoding_that_was_said_is_believed(plan):
    found = plan("name,email\nŁukasz,l@example.org\n".encode("cp1250"), encoding="cp1250")
    assert people(found) == [("Łukasz", "l@example.org")]
    assert found.notes == []
    with pytest.raises(InputError, match="--encoding"):
        plan("email\na@example.org\n", encoding="martian")


@pytest.mark.parametrize("name", ["base64", "rot13", "undefined"])
def test_what_python_knows_and_is_no_encoding_of_text_is_refused(plan, name):
    with pytest.raises(InputError, match="--encoding"):
        plan("email\na@example.org\n", encoding=name)


def test_a_byte_that_means_nothing_is_told_with_its_own_line(plan):
    addresses = b"".join(b"p%d@example.org;\n" % number for number in range(20))
    for data, odd in ((b"email\n" + addresses, {}), (b"odd\n" + addresses, {"program": "bcc"})):
        with pytest.raises(InputError, match=r"people\.csv:22: this is not .* \(0x81\)"):
            plan(data + b"x\x81\xe9@example.org\n", **odd)


def test_a_nul_in_a_list_of_addresses_is_told_with_its_line(plan):
    with pytest.raises(InputError, match=r"people\.csv:2: there is a NUL byte in column 2"):
        plan("ada@example.org;\nb\0@example.org", program="bcc")


def test_columns_are_what_the_operator_says(people_db, plan, now):
    mapping = read_mapping(["Mail 1=email", "Area=field:region", "Shoe size=ignore", "Who=name"])
    text = "Who,Mail 1,E-mail,Area,Shoe size\nAda,ada@example.org,old@example.org,North,7\n"
    found = plan(text, mapping=mapping, source="the funder")
    assert people(found) == [("Ada", "ada@example.org")]
    assert found.columns.ignored == ("E-mail",)
    assert "'Area' as field:region" in " ".join(found.notes)
    apply_import(people_db, found, now)
    row = people_db.one("SELECT field, value FROM contact_fields")
    assert tuple(row) == ("region", "North")


def test_a_mapping_is_kept_for_its_source_and_said_when_it_serves_again(people_db, plan, now):
    mapping = read_mapping(["Mail 1=email", "Who=name"])
    apply_import(people_db, plan("Who,Mail 1\nAda,ada@example.org\n", mapping=mapping), now)
    again = plan("Mail 1,Who\nben@example.org,Ben\n")
    assert people(again) == [("Ben", "ben@example.org")]
    assert again.notes == ["read as you said: 'Mail 1' as email, 'Who' as name"]
    with pytest.raises(InputError, match="no heading says"):
        plan("Mail 1,Who\nben@example.org,Ben\n", source="another")


@pytest.mark.parametrize("said", ["email", "=email", "Mail=emial", "Mail=field:"])
def test_a_mapping_that_says_nothing_is_refused(said):
    with pytest.raises(InputError, match="--map"):
        read_mapping([said])


def test_columns_without_headings_are_numbered(plan):
    found = plan(
        "Ada,x,ada@example.org\nBen,y,ben@example.org\n", mapping=read_mapping(["3=email", "1=name"])
    )
    assert people(found) == [("Ada", "ada@example.org"), ("Ben", "ben@example.org")]


def test_a_region_and_other_own_fields_are_known_by_their_headings(people_db, plan, now):
    text = "email,Region,profession\nada@example.org,North,nurse\n"
    apply_import(people_db, plan(text, own=("region", "profession")), now)
    rows = people_db.conn.execute("SELECT field, value FROM contact_fields ORDER BY field")
    assert [tuple(row) for row in rows] == [("profession", "nurse"), ("region", "North")]
    assert plan(text, own=("region", "profession")).counts()["unchanged"] == 1


def test_a_column_that_may_say_who_left_is_not_passed_over_in_silence(plan):
    text = "email,Unsubscribed\na@example.org,yes\n"
    with pytest.raises(InputError, match="'Unsubscribed' may say who left"):
        plan(text)
    assert plan(text, mapping=read_mapping(["Unsubscribed=ignore"])).counts()["consents"] == 1
    for odd in ({"basis": "unknown"}, {"lists": (), "basis": "", "given_on": ""}):
        assert "may not be written to?" in " ".join(plan(text, **odd).notes)


@pytest.mark.parametrize(
    "heading", ["Subscribed", "May we write?", "left on", "Stop", "Marketing permissions"]
)
def test_a_heading_that_may_mean_a_no_has_to_be_explained(plan, heading):
    with pytest.raises(InputError, match="may say who left"):
        plan(f"email,{heading}\na@example.org,no\n")


def test_an_empty_cell_in_the_column_of_the_status_is_no_yes(plan):
    text = "email,May we write?\na@example.org,yes\nb@example.org,\n"
    found = plan(text, mapping=read_mapping(["May we write?=status"]))
    assert [one.given["partners"].basis for one in found.people()] == ["consent", "unknown"]


def test_whoever_opted_out_is_withdrawn_and_stays_so(people_db, plan, now):
    mapping = read_mapping(["Unsubscribed=opted out"])
    text = "email,Unsubscribed\na@example.org,yes\nb@example.org,no\n"
    done = apply_import(people_db, plan(text, mapping=mapping), now).counts()
    assert (done["added"], done["consents"], done["withdrawals"]) == (2, 1, 1)
    assert plan("email\na@example.org\n").counts()["kept_withdrawn"] == 1
    assert plan(text, mapping=mapping).counts()["unchanged"] == 2


def test_what_bounced_is_barred_whatever_name_stands_beside_it_in_another_row(people_db, plan, now):
    text = "email,name,state\na@example.org,Ada Obi,subscribed\na@example.org,A. Obi,bounced\n"
    done = apply_import(people_db, plan(text, mapping=read_mapping(["state=status"])), now).counts()
    assert (done["added"], done["barred"], done["rejected"]) == (0, 1, 0)


def test_somebody_who_was_erased_does_not_come_back_by_another_address(people_db, plan, now):
    suppress_address(people_db, "a@example.org", "erased", "tester", now)
    suppress_address(people_db, "b@example.org", "bounced", "tester", now)
    text = "email,other emails\nnew@example.org,a@example.org\nc@example.org,b@example.org\n"
    found = plan(text)
    assert (found.counts()["added"], found.suppressed()) == (1, [2])


def test_who_left_is_not_taken_without_a_list_to_have_left(plan):
    mapping = read_mapping(["Unsubscribed=opted out"])
    with pytest.raises(InputError, match="who left"):
        plan("email,Unsubscribed\na@example.org,yes\n", mapping=mapping, lists=(), basis="", given_on="")


@pytest.mark.parametrize(
    "text",
    [
        "Nombre;Apellidos;Correo electrónico;Empresa\nSiân;Obi;ada@example.org;Uni\n",
        "Voornaam;Achternaam;E-mailadres;Organisatie\nSiân;Obi;ada@example.org;Uni\n",
        "Nome;Cognome;Indirizzo email;Azienda\nSiân;Obi;ada@example.org;Uni\n",
        "Nazwisko,Imię,Organizacja,Adres e-mail\nObi,Siân,Uni,ada@example.org\n",
    ],
)
def test_headings_may_be_spanish_dutch_italian_or_polish(plan, text):
    found = plan(text.replace("Adres e-mail", "E-mail"))
    assert people(found) == [("Siân Obi", "ada@example.org")]
    assert found.columns.ignored == ()


def test_street_town_postcode_and_country_are_one_postal_address(plan):
    mapping = read_mapping(["Street=street", "Town=city", "Postcode=postcode"])
    text = "email,Street,Town,Postcode\na@example.org,1 Road,Exampleton,EX1 1EX\n"
    [found] = plan(text, mapping=mapping).people()
    assert found.contact.postal_address == "1 Road\nExampleton\nEX1 1EX"


def test_the_rejects_of_a_long_file_come_back_without_its_good_lines(people_db, plan, now):
    text = "email,name\n" + "".join(f"p{n},{n}\n" for n in range(300)) + "ada@example.org,Ada\n"
    found = plan(text, skip_bad=True)
    lines = write_rejects(found).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 301
    assert lines[300].startswith("p299,299,301,")
    with pytest.raises(ImportRejected) as caught:
        apply_import(people_db, plan(text), now)
    assert len(caught.value.problems) == 200


def test_people_who_share_a_contact_by_another_address_are_told_by_whose_it_is(people_db, plan, now):
    text = "email,name\nada@example.org; team@example.org,Ada\nteam@example.org,Team\n"
    assert apply_import(people_db, plan(text), now).counts()["added"] == 2
    assert plan(text).counts()["unchanged"] == 2


def test_a_card_shows_all_that_came_in(people_db, plan, now):
    apply_import(people_db, plan("email,name\nada@example.org; obi@example.org,Ada\n"), now)
    [ada] = find_contacts(people_db, "ada@example.org")
    assert contact_card(people_db, ada, now).name == "Ada"


def test_google_s_and_outlook_s_contacts_keep_their_further_addresses(plan):
    google = (
        "First Name,Last Name,Organization Name,Organization Title,Labels,E-mail 1 - Value,E-mail 2 - Value\n"
        "Ada,Obi,Museum,Curator,* myContacts ::: Friends,ada@example.org ::: obi@example.org,a3@example.org\n"
    )
    [ada] = plan(google).people()
    assert [other.email for other in ada.others] == ["obi@example.org", "a3@example.org"]
    assert (ada.contact.position, ada.contact.tags) == ("Curator", ("* myContacts", "Friends"))
    outlook = (
        '"First Name","Last Name","E-mail Address","E-mail 2 Address","E-mail 3 Address","Company","Job Title"\n'
        '"Ada","Obi","ada@example.org","","a3@example.org","Museum","Curator"\n'
    )
    [ada] = plan(outlook).people()
    assert [other.email for other in ada.others] == ["a3@example.org"]


def test_a_form_s_answer_says_who_agreed_where_the_operator_says_that_it_does(plan):
    text = "Your full name,Your e-mail address,May we write to you?\nAda,ada@example.org,Yes\nBen,ben@example.org,No\n"
    ada, ben = plan(text, mapping=read_mapping(["May we write to you?=status"])).people()
    assert [given.kind for given in (*ada.given.values(), *ben.given.values())] == ["given", "withdrawn"]
