"""What is looked at after a comparison: whatever happens to the register, the same changes as when all is looked at."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from tests.federation.source import SOURCE
from tests.federation.world import BE, MA, sign_between
from tests.services.probe.land import GROUP, KEEPER, SEARCH, Land, imported

from comity.core.agreement.source import compile_source, read_source
from comity.core.codes.exchange import Regime
from comity.core.register.birth import BirthDate, BirthPrecision
from comity.services.agreements.stop import terminate
from comity.services.probe import index
from comity.services.probe.building import fill as building
from comity.services.probe.index import publish
from comity.services.probe.layers import since
from comity.services.probe.layers.bearers import Bearers
from comity.services.probe.layers.plan import Plan, make_plan
from comity.services.probe.permit import FindableBy
from comity.services.register import read
from comity.services.register.erase import erase
from comity.services.register.state import lift_restriction, restrict
from comity.storage import probe as rows
from comity.storage.indexes import compared, layers
from comity.storage.models.probe import ProbeBuild, ProbeCompared, ProbePlaced
from comity.storage.models.register import RegisterSubject

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

SCOPE = (BE, Regime.POLICE.value, GROUP.value)
COLUMNS = ("id", "given", "family", "dob", "pob", "category", "taints", "retention_until")
NAMES = ("Hajar", "Soufiane", "Rkia", "Idriss", "Latifa", "Anouar", "Ghita", "Badr")
FAMILIES = ("Lahbabi", "Tahiri", "Chakroun", "Ouazzani", "Berrada", "Sqalli")
STEPS = 14


@dataclass
class Register:
    """The list that is imported again and again, and what may befall it."""

    land: Land
    draw: random.Random
    people: list[list[str]] = field(default_factory=list)

    def add(self) -> None:
        born = (
            f"{self.draw.randint(1960, 2008)}-{self.draw.randint(1, 12):02d}-{self.draw.randint(1, 28):02d}"
        )
        names = [self.draw.choice(NAMES), self.draw.choice(FAMILIES)]
        self.people.append([f"p{len(self.people)}", *names, born, "Fès", "suspect", "", "2031-01-01"])

    def add_some(self) -> None:
        for _ in range(self.draw.randint(1, 3)):
            self.add()
        self.store()

    def add_somebody_nearly_of_age(self) -> None:
        self.add()
        today = self.land.clock().date()
        self.people[-1][3] = (today.replace(year=today.year - 18) + timedelta(days=2)).isoformat()
        self.store()

    def add_somebody_until_tomorrow(self) -> None:
        self.add()
        self.people[-1][7] = (self.land.clock().date() + timedelta(days=1)).isoformat()
        self.store()

    def change(self, column: int, *values: str) -> Callable[[], None]:
        def done() -> None:
            self.draw.choice(self.people)[column] = self.draw.choice(values)
            self.store()

        return done

    def uid(self, *states: str) -> str | None:
        found = RegisterSubject.objects.using("ma").filter(state__in=states).order_by("pk")
        uids = list(found.values_list("uid", flat=True))
        return self.draw.choice(uids) if uids else None

    def restrict(self) -> None:
        if uid := self.uid("active"):
            restrict(self.land.ma, KEEPER, uid, "contested")

    def lift(self) -> None:
        if uid := self.uid("restricted"):
            lift_restriction(self.land.ma, KEEPER, uid, "settled")

    def erase(self) -> None:
        if uid := self.uid("active", "restricted"):
            erase(self.land.ma, KEEPER, uid, "over")

    def wait(self) -> None:
        self.land.clock.forward(days=self.draw.choice((0.3, 1, 2)))

    def publish(self) -> None:
        publish(self.land.ma, BE, Regime.POLICE, GROUP, paced=self.draw.random() < 0.3)

    def crash(self) -> None:
        """Let a build be killed: while it reads, or before it is stored."""
        module: Any = self.draw.choice((index, building))
        name = "store" if module is index else "_run"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, name, killed)
            try:
                publish(self.land.ma, BE, Regime.POLICE, GROUP)
            except RuntimeError:
                return

    def store(self) -> None:
        text = io.StringIO()
        csv.writer(text).writerows((COLUMNS, *self.people))
        imported(self.land.ma, text.getvalue().encode())

    def acts(self) -> list[Callable[[], None]]:
        return [
            self.add_some,
            self.add_somebody_nearly_of_age,
            self.add_somebody_until_tomorrow,
            self.change(2, *FAMILIES),
            self.change(3, "1971-02-03", "1969", "2009-05-06", "2008-11-26", "", ""),
            self.change(5, "suspect", "convicted", "witness"),
            self.change(6, "", "", "asylum"),
            self.restrict,
            self.lift,
            self.erase,
            self.wait,
            self.wait,
            self.publish,
            self.publish,
            self.crash,
        ]


def killed(*_: object) -> Any:
    raise RuntimeError("killed")


def planned(land: Land) -> Plan:
    """Return what the next layer brings, names not counted."""
    epoch, last = rows.current_epoch("ma", SCOPE), rows.latest_index("ma", SCOPE)
    assert epoch is not None
    assert last is not None
    findable = FindableBy(land.ma, BE, Regime.POLICE, GROUP)
    return make_plan(land.ma, findable, epoch.epoch, layers.chain("ma", last), Bearers())


def brought(plan: Plan) -> tuple[list[str], list[str], list[str], list[str]]:
    return sorted(plan.changed), sorted(plan.replaced), sorted(plan.gone), sorted(plan.buried)


def looked_at_all(land: Land) -> Plan:
    """Return what it brings when nothing is known of the comparison before."""
    row = compared.compared("ma", SCOPE)
    compared.forget("ma", SCOPE)
    found = planned(land)
    if row is not None:
        row.pk = None
        compared.keep("ma", row)
    return found


def chained() -> tuple[int, int]:
    """Return epoch and version of the base of the present index."""
    last = rows.latest_index("ma", SCOPE)
    assert last is not None
    return last.epoch, last.chain or last.version


def standing(epoch: int, base: int) -> set[str]:
    """Return who has a row in the layers from a base on."""
    found = ProbePlaced.objects.using("ma").filter(partner=BE, epoch=epoch, layer__gte=base)
    return set(found.exclude(label="").values_list("subject", flat=True))


@pytest.mark.parametrize("seed", range(10))
def test_the_same_changes_as_when_all_is_looked_at(land: Land, seed: int) -> None:
    register = Register(land, random.Random(seed))
    for _ in range(8):
        register.add()
    register.store()
    publish(land.ma, BE, Regime.POLICE, GROUP)
    done: list[str] = []
    for _ in range(STEPS):
        act = register.draw.choice(register.acts())
        act()
        done.append(act.__name__)
        assert brought(planned(land)) == brought(looked_at_all(land)), done
        assert layers.placed_count("ma", SCOPE, *chained()) == len(standing(*chained())), done
    publish(land.ma, BE, Regime.POLICE, GROUP)
    plan = planned(land)
    assert plan.empty
    assert brought(plan) == brought(looked_at_all(land))


def opened(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Note every record of the register whose content is read for an index from now on."""
    found: list[bytes] = []
    honest = read.open_subject

    def spy(octets: bytes) -> Any:
        found.append(octets)
        return honest(octets)

    monkeypatch.setattr(read, "open_subject", spy)
    return found


class TestWhatIsRead:
    def test_only_what_changed(self, land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
        register = Register(land, random.Random(1))
        for _ in range(30):
            register.add()
        register.store()
        publish(land.ma, BE, Regime.POLICE, GROUP)
        contents = opened(monkeypatch)
        # 1. Nothing.
        assert not publish(land.ma, BE, Regime.POLICE, GROUP).new
        assert contents == []
        # 2. One of thirty-six: to compare, and to be indexed.
        register.add()
        register.store()
        assert publish(land.ma, BE, Regime.POLICE, GROUP).new
        assert len(contents) == 2
        contents.clear()
        assert not publish(land.ma, BE, Regime.POLICE, GROUP).new
        assert contents == []

    def test_who_comes_of_age_and_no_other(self, land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
        register = Register(land, random.Random(2))
        register.add_somebody_nearly_of_age()
        before = publish(land.ma, BE, Regime.POLICE, GROUP).records
        contents = opened(monkeypatch)
        land.clock.forward(days=1)
        assert not publish(land.ma, BE, Regime.POLICE, GROUP).new
        assert contents == []
        land.clock.forward(days=1)
        assert publish(land.ma, BE, Regime.POLICE, GROUP).records == before + 1
        assert len(contents) == 2

    def test_whose_retention_ends_is_gone_before_he_is_erased(self, land: Land) -> None:
        register = Register(land, random.Random(3))
        register.add_somebody_until_tomorrow()
        before = publish(land.ma, BE, Regime.POLICE, GROUP).records
        land.clock.forward(days=1)
        assert publish(land.ma, BE, Regime.POLICE, GROUP).records == before - 1

    def test_all_where_the_agreements_permit_something_else(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        narrow = SEARCH.replace('"suspect", "convicted"', '"suspect"')
        document = compile_source(read_source(SOURCE + narrow), parties=(BE, MA), predecessor=None)
        sign_between((land.be, land.ma), document)
        before = publish(land.ma, BE, Regime.POLICE, GROUP).records
        terminate(land.ma, KEEPER, land.agreement, "narrower now")
        contents = opened(monkeypatch)
        # The one who was convicted can be found no more; who stays has been looked at.
        assert publish(land.ma, BE, Regime.POLICE, GROUP).records == before - 1
        assert len(contents) > 3

    def test_all_after_a_build_that_was_taken_up(self, land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(index, "store", killed)
            with pytest.raises(RuntimeError):
                publish(land.ma, BE, Regime.POLICE, GROUP)
        assert ProbeBuild.objects.using("ma").exists()
        publish(land.ma, BE, Regime.POLICE, GROUP)
        assert not ProbeCompared.objects.using("ma").exists()
        assert not publish(land.ma, BE, Regime.POLICE, GROUP).new
        assert ProbeCompared.objects.using("ma").exists()

    def test_who_came_of_age_while_a_build_lay_is_not_lost(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        register = Register(land, random.Random(5))
        register.add_somebody_nearly_of_age()
        uid = RegisterSubject.objects.using("ma").latest("pk").uid
        with monkeypatch.context() as patch:
            patch.setattr(index, "store", killed)
            with pytest.raises(RuntimeError):
                publish(land.ma, BE, Regime.POLICE, GROUP)
        land.clock.forward(days=3)
        # The base is taken up as it was read, without him; the next comparison finds him.
        publish(land.ma, BE, Regime.POLICE, GROUP)
        assert uid in planned(land).changed

    def test_what_is_kept_says_nothing_outside_its_seal(self, land: Land) -> None:
        from django.db import connections

        register = Register(land, random.Random(4))
        register.add_somebody_nearly_of_age()
        publish(land.ma, BE, Regime.POLICE, GROUP)
        uid = RegisterSubject.objects.using("ma").latest("pk").uid
        assert list(since._read_waiting(bytes(ProbeCompared.objects.using("ma").get().waiting))) == [uid]
        with connections["ma"].cursor() as cursor:
            cursor.execute("SELECT waiting, decided FROM storage_probecompared")
            octets = b"".join(bytes(part) for part in cursor.fetchone())
        assert bytes.fromhex(uid) not in octets
        assert b"suspect" not in octets


@pytest.mark.parametrize("year", [1988, 2003, 2004, 2007, 2008])
@pytest.mark.parametrize(
    ("month", "day", "precision", "later"),
    [
        (2, 29, BirthPrecision.DAY, None),
        (2, 28, BirthPrecision.DAY, None),
        (12, 31, BirthPrecision.DAY, None),
        (1, 1, BirthPrecision.DAY, None),
        (4, None, BirthPrecision.MONTH, None),
        (2, None, BirthPrecision.MONTH, None),
        (None, None, BirthPrecision.YEAR, None),
        (None, None, BirthPrecision.ESTIMATED, None),
        (None, None, BirthPrecision.RANGE, 3),
    ],
)
def test_the_day_of_age_is_the_first_without_doubt(
    year: int, month: int | None, day: int | None, precision: BirthPrecision, later: int | None
) -> None:
    if (month, day) == (2, 29) and year % 4:
        pytest.skip("no such day")
    until = None if later is None else year + later
    birth = BirthDate(year=year, month=month, day=day, precision=precision, until=until)
    first = birth.adult_from()
    assert birth.may_be_minor(first - timedelta(days=1))
    assert not birth.may_be_minor(first)
    assert first > date(year + 17, 12, 31)
