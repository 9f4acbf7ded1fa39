"""The changelist: the same columns, page size, order and rows, with the names joined."""

import os

from django.contrib import admin

from .. import PAGE_SIZE
from .models import MENU, Declaration

SCOPE = {name: int(os.environ[f"BENCH_{name.upper()}"]) for name in ("site_id", "call_id", "office_id")}


@admin.register(Declaration)
class DeclarationAdmin(admin.ModelAdmin):
    """What waits for the officer; a superuser needs no look-up of permissions."""

    list_display = ["enterprise", "title", "dishonest", "county", "arrived_at", "due_at", "public_label"]
    list_select_related = ["enterprise", "county"]
    list_per_page = PAGE_SIZE
    ordering = ["-arrived_at", "-id"]
    search_fields = ["title", "enterprise__name"]
    show_full_result_count = os.environ.get("BENCH_FULL_COUNT", "1") == "1"
    actions = ["recommend"]

    def get_queryset(self, request):
        """Narrow to the officer's scope."""
        rows = super().get_queryset(request)
        return rows.filter(
            **SCOPE,
            province_office_id=SCOPE["office_id"],
            state="in_review",
            step="province",
            step_role=os.environ["BENCH_ROLE"],
        )

    @admin.display(description="失信情况", boolean=True)
    def dishonest(self, row):
        return row.enterprise.dishonest

    @admin.action(description="批量推荐")
    def recommend(self, request, rows):
        """Stand for the batch action."""


for model in MENU:
    admin.site.register(model)
