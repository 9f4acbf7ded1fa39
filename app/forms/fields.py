"""The kinds of fields: `KINDS[field.type]` owns cleaning, storage, rule value, display, sheet value and WTForms field."""
# KINDS: dict[str, Kind]; Kind has
#   clean(field, raw) -> stored JSON value, raises FieldError(message)
#   is_empty(stored) -> bool
#   rule_value(field, stored) -> Decimal | str | bool | list | dict | None (None: unknown or wrong)
#   display(field, stored) -> str for reading pages
#   printed(field, stored) -> str for paper: choices as ☑/☐ marks
#   sheet_value(field, stored) -> Decimal | str | date | None
#   wtf(field) -> unbound WTForms field
