"""What MJML allows: which component stands in which, and the attributes that each takes."""

# From the component reference of MJML 4 (documentation.mjml.io), without what a message of ours
# must not have: mj-include reads files, mj-font and mj-social load from third parties, and
# carousels and accordions do nothing in most mail programs.

_COMMON = "css-class mj-class"
_PADDING = "padding padding-top padding-right padding-bottom padding-left"
_INNER = "inner-padding inner-border inner-border-radius inner-background-color"
_BORDER = "border border-top border-right border-bottom border-left border-radius"
_BACKGROUND = "background-color background-url background-repeat background-size background-position"
_TYPE = "font-family font-size font-style font-weight letter-spacing line-height text-transform text-decoration color"
_SECTION = f"{_COMMON} {_PADDING} {_BORDER} {_BACKGROUND} direction full-width text-align"

_BODY_PARTS = "mj-wrapper mj-section mj-hero mj-raw"
_COLUMN_PARTS = "mj-text mj-image mj-button mj-divider mj-spacer mj-table mj-raw"

#: component -> the components that it may hold; None: it holds HTML or text.
HOLDS: dict[str, frozenset[str] | None] = {
    "mjml": frozenset({"mj-head", "mj-body"}),
    "mj-head": frozenset(["mj-title", "mj-preview", "mj-attributes", "mj-style", "mj-breakpoint", "mj-raw"]),
    "mj-attributes": frozenset(
        f"mj-all mj-class mjml mj-body mj-column mj-group mj-accordion {_BODY_PARTS} {_COLUMN_PARTS}".split()
    ),
    "mj-body": frozenset(_BODY_PARTS.split()),
    "mj-wrapper": frozenset({"mj-section", "mj-hero", "mj-raw"}),
    "mj-section": frozenset({"mj-column", "mj-group", "mj-raw"}),
    "mj-group": frozenset({"mj-column", "mj-raw"}),
    "mj-column": frozenset(_COLUMN_PARTS.split()),
    "mj-hero": frozenset(_COLUMN_PARTS.split()),
    **{
        name: frozenset()
        for name in ["mj-image", "mj-divider", "mj-spacer", "mj-breakpoint", "mj-all", "mj-class"]
    },
    **dict.fromkeys(["mj-title", "mj-preview", "mj-style", "mj-raw", "mj-text", "mj-button", "mj-table"]),
}

#: component -> the attributes that it takes; components that are not here take none.
TAKES: dict[str, frozenset[str]] = {
    name: frozenset(attributes.split())
    for name, attributes in {
        "mjml": "lang dir owa",
        "mj-body": f"{_COMMON} width background-color",
        "mj-breakpoint": "width",
        "mj-style": "inline",
        "mj-raw": "position",
        "mj-wrapper": f"{_SECTION} gap",
        "mj-section": _SECTION,
        "mj-group": f"{_COMMON} width vertical-align background-color direction",
        "mj-column": f"{_COMMON} {_PADDING} {_BORDER} {_INNER} width vertical-align background-color direction",
        "mj-hero": f"{_COMMON} {_PADDING} {_BACKGROUND} mode height width vertical-align border-radius background-width background-height",
        "mj-text": f"{_COMMON} {_PADDING} {_TYPE} align height container-background-color",
        "mj-table": f"{_COMMON} {_PADDING} {_TYPE} align border cellpadding cellspacing table-layout width role container-background-color",
        "mj-button": f"{_COMMON} {_PADDING} {_TYPE} {_BORDER} align background-color height href inner-padding name rel "
        "target text-align title vertical-align width container-background-color",
        "mj-image": f"{_COMMON} {_PADDING} {_BORDER} align alt container-background-color fluid-on-mobile font-size height href "
        "name rel src srcset sizes target title usemap width max-height",
        "mj-divider": f"{_COMMON} {_PADDING} align border-color border-style border-width width container-background-color",
        "mj-spacer": f"{_COMMON} {_PADDING} height container-background-color",
    }.items()
}
