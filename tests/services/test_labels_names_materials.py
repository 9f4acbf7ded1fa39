"""Labels, former names and the material library: what may be added, and what is refused."""

from datetime import timedelta
from io import BytesIO

import pytest

from app.clock import now, to_local
from app.demo.papers import make_paper
from app.errors import BadFile, Forbidden, Invalid, NotFound
from app.extensions import db
from app.models import Enterprise
from app.services import former_names, labels, materials


@pytest.fixture
def admin(person):
    return person("city_admin")


@pytest.fixture
def own(person):
    return db.session.get(Enterprise, next(iter(person("enterprise_admin").enterprise_ids)))


def test_a_label_hangs_once_and_leaves_with_its_deletion(admin, own):
    label = labels.add_label(admin.site, " 专精  特新 ", by=admin, at=now())
    assert label.name == "专精 特新"
    labels.hang(label, own, by=admin, at=now())
    with pytest.raises(Invalid, match="已有标签"):
        labels.hang(label, own, by=admin, at=now())
    assert own.labels == [label]
    assert labels.uses_of([label.id]) == {label.id: 1}
    labels.remove_label(label, by=admin, at=now())
    db.session.expire_all()
    assert own.labels == []


def test_a_label_that_does_not_hang_cannot_be_taken_off(admin, own):
    label = labels.add_label(admin.site, "链主", by=admin, at=now())
    with pytest.raises(Invalid, match="没有标签"):
        labels.take_off(label, own, by=admin, at=now())
    labels.hang(label, own, by=admin, at=now())
    labels.take_off(label, own, by=admin, at=now())
    assert own.labels == []


def test_names_of_labels_are_unique_and_not_endless(admin):
    first = labels.add_label(admin.site, "甲", by=admin, at=now())
    second = labels.add_label(admin.site, "乙", by=admin, at=now())
    for name in ("甲", "", "长" * 41):
        with pytest.raises(Invalid):
            labels.rename_label(second, name, by=admin, at=now())
    labels.rename_label(first, "甲", by=admin, at=now())


def test_a_label_that_hangs_elsewhere_is_the_provinces_to_change(person, admin):
    label = labels.add_label(admin.site, "链主", by=admin, at=now())
    elsewhere = db.session.get(Enterprise, next(iter(person("gz_enterprise_admin").enterprise_ids)))
    labels.hang(label, elsewhere, by=person("province_admin"), at=now())
    for change in (lambda: labels.remove_label(label, by=admin, at=now()),
                   lambda: labels.rename_label(label, "别名", by=admin, at=now())):  # fmt: skip
        with pytest.raises(Forbidden, match="省级管理员"):
            change()
    labels.remove_label(label, by=person("province_admin"), at=now())


def test_a_former_name_is_noted_once_and_is_not_the_present_one(admin, own):
    former = former_names.add_former_name(own, "惠州云杉机械厂", by=admin, at=now())
    tomorrow = to_local(now()).date() + timedelta(days=1)
    for name, until in ((own.name, None), ("惠州 云杉机械厂", None), ("", None), ("云杉二厂", tomorrow)):
        with pytest.raises(Invalid):
            former_names.add_former_name(own, name, by=admin, at=now(), used_until=until)
    assert [f.name for f in own.former_names] == ["惠州云杉机械厂"]
    former_names.remove_former_name(former, by=admin, at=now())
    assert own.former_names == []


def test_materials_are_kept_listed_and_removed_within_scope(person, own):
    owner = person("enterprise_admin")
    paper = BytesIO(make_paper("营业执照.pdf", own.name))
    kept = materials.add_material(own, "营业执照", paper, "营业执照.pdf", by=owner, at=now())
    assert materials.materials_of(own, person("county_officer")) == [kept]
    assert materials.materials_of(own, person("gz_county_officer")) == []
    with pytest.raises(NotFound):
        materials.remove_material(kept.public_id, by=person("gz_enterprise_admin"), at=now())
    materials.remove_material(kept.public_id, by=owner, at=now())
    assert materials.materials_of(own, owner) == []


def test_a_material_is_what_its_name_says(person, own):
    with pytest.raises(BadFile):
        materials.add_material(
            own, "营业执照", BytesIO(b"MZ not a pdf"), "营业执照.pdf", by=person("enterprise_admin"), at=now()
        )
