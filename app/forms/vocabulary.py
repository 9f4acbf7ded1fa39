"""Names that definitions may use beyond their own fields: what rules, prefill, covers and sheets see of the world."""

NAMES = {
    "enterprise": (
        "id",
        "name",
        "short_name",
        "credit_code",
        "region",
        "city",
        "county",
        "industry",
        "kind",
        "legal_representative",
        "legal_phone",
        "contact",
        "contact_phone",
        "email",
        "website",
        "address",
        "postcode",
        "established_on",
        "registered_capital",
        "main_business",
        "business_scope",
        "dishonest",
        "certified",
        "revenue",
        "rd_spend",
        "average_revenue",
    ),
    "applicant": ("kind", "name", "phone", "email", "position"),
    "guide": ("county_review",),
    "call": ("year", "name", "programme"),
    "meta": (
        "recommending_bureau",
        "filled_on",
        "call_name",
        "programme_name",
        "year",
        "filled_by",
        "filled_by_phone",
        "applicant_name",
        "applicant_phone",
    ),
}
YEARLY = ("revenue", "rd_spend", "average_revenue")
"""What an enterprise reports year by year: of the year before that of the call, and the average of three years."""

RECORDS = {"enterprise.titles": ("name", "cohort", "granted_on", "expires_on")}
"""Lists of records that gates alone may read, and what each record has."""

META = frozenset(f"meta.{name}" for name in NAMES["meta"])
RECORD_PATHS = frozenset({*RECORDS, *(f"{path}.{name}" for path in RECORDS for name in RECORDS[path])})
CONTEXT_PATHS = frozenset(f"{root}.{name}" for root in NAMES if root != "meta" for name in NAMES[root]) | {"today"}
ROOTS = frozenset({*NAMES, "lists", "earlier", "row", "today", "declaration"})
"""First parts of paths that no field may be called."""

PAGES = frozenset({"check", "copy", "delete", "document", "form", "preview", "sealed", "submit", "submitted"})
"""Last parts of the addresses of a declaration's own pages, which no section may be called."""

APPLICANT_KINDS = ("individual", "unit")
DECLARERS = ("administrator", "authorised")
MONEY_UNITS = {"wan_yuan": "万元", "yuan": "元"}
GENERIC_COLUMNS = {"figure": 12, "text": 8, "date": 4}
