"""The tables as Django sees them, with no more columns than the list needs, and models to fill the menu."""

from django.db import models

from .. import MENU_ENTRIES


class Enterprise(models.Model):
    name = models.CharField("申报单位", max_length=120)
    dishonest = models.BooleanField("失信情况")

    class Meta:
        managed = False
        db_table = "enterprise"

    def __str__(self):
        return self.name


class Region(models.Model):
    name = models.CharField("所属区", max_length=60)

    class Meta:
        managed = False
        db_table = "region"

    def __str__(self):
        return self.name


class Declaration(models.Model):
    site_id = models.BigIntegerField()
    call_id = models.BigIntegerField()
    title = models.CharField("项目名称", max_length=160)
    state = models.CharField(max_length=32)
    step = models.CharField(max_length=40)
    step_role = models.CharField(max_length=40)
    office_id = models.BigIntegerField()
    province_office_id = models.BigIntegerField()
    enterprise = models.ForeignKey(Enterprise, models.PROTECT)
    county = models.ForeignKey(Region, models.PROTECT)
    arrived_at = models.DateTimeField("送达时间")
    due_at = models.DateTimeField("办理截止", null=True)
    public_label = models.CharField("申报状态", max_length=40)

    class Meta:
        managed = False
        db_table = "declaration"
        verbose_name = verbose_name_plural = "审核项目"

    def __str__(self):
        return self.title


def _menu_entry(number):
    """Return a model that stands for one more entry of the menu."""
    labels = {"verbose_name": f"菜单第 {number + 1} 项", "verbose_name_plural": f"菜单第 {number + 1} 项"}
    meta = type("Meta", (), {"managed": False, "db_table": "department", "app_label": "django_admin", **labels})
    return type(f"Small{number}", (models.Model,), {"__module__": __name__, "Meta": meta})


MENU = [_menu_entry(number) for number in range(MENU_ENTRIES)]
