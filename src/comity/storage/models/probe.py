"""The private search: indexes and references on the issuer's side, replicas and searches on the asker's side.

No column describes a person. On the issuer's side a search is blinded points and counts; on the asker's side who was
asked for stands only in `justification`, which only the data-protection officer's private key opens.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from comity.storage.fields import SealedBinaryField, SealedJSONField, SealedTextField

PARTY = 43
REGIME = 32
GROUP = 32
HASH = 64
RID = 32
LABEL = 16


class ProbeEpoch(models.Model):
    """The secrets of one key epoch on the issuer's side, without the VOPRF seeds, which are in the vault.

    `public_key` holds the public keys of all classes, 32 bytes each, in the order of `key_classes`. `record_key` makes the keys of records; `reference_key` makes references and outlives the epoch.
    """

    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=REGIME)
    group = models.CharField(max_length=GROUP)
    epoch = models.PositiveIntegerField()
    public_key = models.BinaryField()
    record_key = SealedBinaryField()
    reference_key = SealedBinaryField()
    created_at = models.DateTimeField()
    valid_before = models.DateTimeField()

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "regime", "group", "epoch"], name="probe_epoch_once")
        ]

    def __str__(self) -> str:
        return f"{self.partner} {self.regime} {self.group} {self.epoch}"


class ProbeIndex(models.Model):
    """A layer of an index that was published to a partner; `manifest` is the signed manifest.

    `records` counts who can be found with this layer and those below it, `entries` and `overflow` are of this layer,
    `chain` is the version of its base (none: it is one), `changes` the records that a delta brings or takes.
    """

    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=REGIME)
    group = models.CharField(max_length=GROUP)
    epoch = models.PositiveIntegerField()
    version = models.PositiveIntegerField()
    digest = models.CharField(max_length=HASH, unique=True)
    manifest = models.TextField()
    message = models.CharField(max_length=RID)
    records = models.PositiveIntegerField()
    entries = models.PositiveIntegerField()
    overflow = models.PositiveIntegerField()
    source = models.CharField(max_length=HASH)
    chain = models.PositiveIntegerField(null=True)
    changes = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "regime", "group", "version"], name="probe_index_once")
        ]

    def __str__(self) -> str:
        return self.digest


class ProbeReference(models.Model):
    """Which subject an opaque reference means: known to the issuer only; one a partner, regime, group and epoch."""

    reference = models.CharField(max_length=RID, unique=True)
    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=REGIME)
    group = models.CharField(max_length=GROUP)
    epoch = models.PositiveIntegerField()
    subject = models.CharField(max_length=RID, db_index=True)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "storage"
        indexes: ClassVar = [
            models.Index(fields=["partner", "regime", "group", "epoch"], name="probe_ref_epoch")
        ]

    def __str__(self) -> str:
        return self.reference


class ProbePlaced(models.Model):
    """Which version of a record stands in which layer of an index, under which label; known to the issuer only.

    `permitted` is a digest of the categories of data that its tokens used; `label` is empty for a record that has no
    token. Of an epoch, the layers of the present chain and of the one before are kept.
    """

    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=REGIME)
    group = models.CharField(max_length=GROUP)
    epoch = models.PositiveIntegerField()
    subject = models.CharField(max_length=RID, db_index=True)
    version = models.PositiveIntegerField()
    permitted = models.CharField(max_length=LABEL)
    layer = models.PositiveIntegerField()
    label = models.CharField(max_length=LABEL)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["partner", "regime", "group", "epoch", "layer", "subject"], name="probe_placed_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["partner", "regime", "group", "epoch", "layer"],
                name="probe_placed_empty",
                condition=models.Q(label=""),
            )
        ]

    def __str__(self) -> str:
        return self.label


class ProbeTombstone(models.Model):
    """The label of a row that is gone from the register's side; whose it was is not kept.

    `layer` is the version of the layer that holds the row, `listed` that of the first layer that says so, none as long
    as only answers do.
    """

    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=REGIME)
    group = models.CharField(max_length=GROUP)
    epoch = models.PositiveIntegerField()
    label = models.CharField(max_length=LABEL)
    layer = models.PositiveIntegerField()
    listed = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["partner", "regime", "group", "epoch", "label"], name="probe_tombstone_once"
            )
        ]

    def __str__(self) -> str:
        return self.label


class ProbeBuild(models.Model):
    """A layer that is being built: what it is taken up again with after a crash. Deleted when the layer is stored.

    `draft` is its manifest without parts, `basis` a digest of what permits it, `source` of what the register held, `name`
    the folder of its files, `secret` what their keys, the lots and the fill follow from, `buckets` how they are divided.
    """

    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=REGIME)
    group = models.CharField(max_length=GROUP)
    name = models.CharField(max_length=RID)
    draft = models.TextField()
    basis = models.CharField(max_length=HASH)
    source = models.CharField(max_length=HASH)
    secret = SealedBinaryField()
    buckets = models.PositiveIntegerField()
    begun_at = models.DateTimeField()

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "regime", "group"], name="probe_build_once")
        ]

    def __str__(self) -> str:
        return self.name


class ProbeCompared(models.Model):
    """How far the register was compared with the index of a scope: what changed since is all that is looked at next.

    `base` is the version of the base of that index, `change` the last change of the register that was seen; `decided` is
    what the agreements permitted of each kind of record, `waiting` whom age alone may let be found, and from which day.
    """

    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=REGIME)
    group = models.CharField(max_length=GROUP)
    epoch = models.PositiveIntegerField()
    base = models.PositiveIntegerField()
    change = models.PositiveBigIntegerField()
    decided = SealedJSONField()
    waiting = SealedBinaryField()

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "regime", "group"], name="probe_compared_once")
        ]

    def __str__(self) -> str:
        return f"{self.partner} {self.change}"


class ReplicaState(models.TextChoices):
    """Whether a partner's index can be searched."""

    ANNOUNCED = "announced"
    READY = "ready"
    REPLACED = "replaced"


class ProbeReplica(models.Model):
    """A partner's index as announced by its manifest, and whether all parts were fetched and verified."""

    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=REGIME)
    group = models.CharField(max_length=GROUP)
    epoch = models.PositiveIntegerField()
    version = models.PositiveIntegerField()
    digest = models.CharField(max_length=HASH)
    manifest = models.TextField()
    state = models.CharField(max_length=16, choices=ReplicaState.choices, default=ReplicaState.ANNOUNCED)
    announced_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["partner", "regime", "group", "version"], name="probe_replica_once"
            )
        ]

    def __str__(self) -> str:
        return self.digest


class ProbeMirror(models.Model):
    """From where a partner's index is read instead of from the partner: a folder or an address, with its certificate."""

    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=REGIME)
    group = models.CharField(max_length=GROUP)
    place = models.TextField()
    certificate = models.TextField()
    lazy = models.BooleanField()
    set_at = models.DateTimeField()

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "regime", "group"], name="probe_mirror_once")
        ]

    def __str__(self) -> str:
        return self.place


class AskedState(models.TextChoices):
    """How far a search came on the asker's side."""

    INTENT = "intent"
    ANSWERED = "answered"
    FAILED = "failed"


class ProbeAsked(models.Model):
    """A search that this node made; `opened` are the record keys opened, sealed as the justification. `outcome` holds strength, rules and references; never a description.

    `pending` is what a search of a batch is taken up again with after a crash: seed, request, tokens; empty once it was
    answered, none once its line was written.
    """

    rid = models.CharField(max_length=RID, unique=True)
    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=REGIME)
    group = models.CharField(max_length=GROUP)
    purpose = models.CharField(max_length=32)
    agreement = models.CharField(max_length=HASH)
    epoch = models.PositiveIntegerField()
    case = models.CharField(max_length=RID)
    commitment = models.CharField(max_length=HASH)
    officer_kid = models.CharField(max_length=16)
    justification = models.BinaryField()
    opened = models.BinaryField(null=True)
    state = models.CharField(max_length=16, choices=AskedState.choices, default=AskedState.INTENT)
    code = models.CharField(max_length=64, default="")
    today = models.PositiveIntegerField(null=True)
    in_case = models.PositiveIntegerField(null=True)
    outcome = SealedJSONField(null=True)
    pending = SealedJSONField(null=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "storage"
        indexes: ClassVar = [
            models.Index(fields=["partner", "agreement", "asked_at"], name="probe_asked_day"),
            models.Index(fields=["partner", "agreement", "case"], name="probe_asked_case"),
        ]

    def __str__(self) -> str:
        return self.rid


class ProbeAnswered(models.Model):
    """A search that a partner made: counted once; the same request again gets the same answer, uncounted."""

    partner = models.CharField(max_length=PARTY)
    rid = models.CharField(max_length=RID)
    regime = models.CharField(max_length=REGIME)
    group = models.CharField(max_length=GROUP)
    agreement = models.CharField(max_length=HASH)
    epoch = models.PositiveIntegerField()
    digest = models.CharField(max_length=HASH)
    commitment = models.CharField(max_length=HASH)
    case = models.CharField(max_length=RID)
    day = models.DateField()
    today = models.PositiveIntegerField()
    in_case = models.PositiveIntegerField()
    answer = SealedTextField(null=True)
    opening_digest = models.CharField(max_length=HASH, default="")
    opening = SealedTextField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "rid"], name="probe_answered_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["partner", "agreement", "case"], name="probe_answered_case"),
            models.Index(fields=["at"], name="probe_answered_at"),
        ]

    def __str__(self) -> str:
        return self.rid


class ProbeCount(models.Model):
    """The issuer's counter of one day: the row that concurrent answers wait for."""

    partner = models.CharField(max_length=PARTY)
    agreement = models.CharField(max_length=HASH)
    group = models.CharField(max_length=GROUP)
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "agreement", "group", "day"], name="probe_count_once")
        ]

    def __str__(self) -> str:
        return f"{self.partner} {self.day} {self.count}"


class ProbeSecret(models.Model):
    """A secret of the asker's side: the key from which the pseudonyms of cases are made."""

    name = models.CharField(max_length=16, unique=True)
    secret = SealedBinaryField()

    class Meta:
        app_label = "storage"

    def __str__(self) -> str:
        return self.name


class ProbeStanding(models.Model):
    """A search that is made again when the partner's index changes, until its case ends.

    `content` is who is asked for, in which case and why; it is emptied when the search ends. `findings` is what the runs
    of the present epoch found and what the owner has not seen yet. Neither says anything outside its seal.
    """

    sid = models.CharField(max_length=RID, unique=True)
    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=REGIME)
    purpose = models.CharField(max_length=32)
    agreement = models.CharField(max_length=HASH)
    owner = models.CharField(max_length=64)
    added_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ground = models.CharField(max_length=16, default="")
    runs = models.PositiveIntegerField(default=0)
    ran_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField()
    epoch = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=64, default="")
    content = SealedJSONField(null=True)
    findings = SealedJSONField(null=True)

    class Meta:
        app_label = "storage"
        indexes: ClassVar = [models.Index(fields=["ended_at", "next_at"], name="probe_standing_due")]

    def __str__(self) -> str:
        return self.sid
