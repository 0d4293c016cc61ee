"""The settings of a server process: from the environment, then from flags."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from sync.protocol import limits

ENV_PREFIX = "EVERTILL_"


class ServerConfig(BaseModel):
    """One process's settings; the addresses hold passwords and never show in a log.

    ``database_url`` logs in as the application's role, possibly through a pooler;
    ``direct_url`` (the same by default) is a real session for LISTEN and NOTIFY;
    ``owner_url`` owns the tables and serves ``migrate`` alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: SecretStr = SecretStr("")
    direct_url: SecretStr = SecretStr("")
    owner_url: SecretStr = SecretStr("")
    app_password: SecretStr = SecretStr("")
    """What ``migrate`` gives the application's role; a peer or trusted login needs none."""
    pool_size: Annotated[int, Field(ge=1, le=1000)] = 20
    pool_idle_s: Annotated[float, Field(gt=0)] = 30.0
    pool_wait_s: Annotated[float, Field(gt=0)] = 5.0
    """How long a request waits for a connection before it is told to come back."""
    pool_waiting_max: Annotated[int, Field(ge=0)] = 500
    connect_timeout_s: Annotated[int, Field(ge=1)] = 2
    statement_timeout_s: Annotated[float, Field(gt=0)] = 30.0
    transaction_deadline_s: Annotated[float, Field(gt=0)] = 45.0
    """When a transaction's connection is cut, whatever the database does; longer than a statement
    may take, so that PostgreSQL can say first which one was slow."""
    prepare: bool = True
    """False behind a pooler in transaction mode, which breaks named statements."""
    token_cache_s: Annotated[float, Field(ge=0)] = 2.0
    """How long a token's standing is remembered; a revocation takes effect after that."""
    backup_days: Annotated[int, Field(ge=1, le=36_500)] = 30
    """No backup older than this is ever restored: tills keep what they delivered for as long."""
    hint_interval_s: Annotated[float, Field(ge=0)] = 0.005
    hint_facts_wait_s: Annotated[float, Field(ge=0)] = 5.0
    """How long a sale waits for others before the store's tills hear of them."""
    hint_ping_s: Annotated[float, Field(gt=0)] = 20.0
    """How often a connected till is pinged; it has as long to answer."""
    handshakes_max: Annotated[int, Field(ge=1)] = 64
    """Tills that may be connecting at one moment; the others are told when to come back."""
    websockets_max: Annotated[int, Field(ge=0)] = 10_000
    """Tills that may be connected to one process."""
    jobs: bool = True
    """Whether this process does the server's own jobs too; one of all at least should."""
    retention_days: Annotated[int, Field(ge=1)] = limits.LOG_RETENTION_DAYS
    """How long the log is kept; a till that was away for longer loads its data afresh."""
    metrics_token: SecretStr = SecretStr("")
    """Bearer token of ``/metrics``; without one it answers to nobody."""
    flag_grace_s: Annotated[float, Field(ge=0)] = 300.0
    """The age at which groups are searched for suspicious facts: late facts have come by then."""
    smtp_url: SecretStr = SecretStr("")
    """``smtp://`` (with STARTTLS where it is offered) or ``smtps://``, with name and password;
    none: receipts wait until a process has one."""
    mail_from: str = ""
    """The sender's address of the receipts."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8410
    """0 takes a free one."""
    log_level: str = "INFO"

    @model_validator(mode="after")
    def _check_mail(self) -> "ServerConfig":
        if self.smtp_url.get_secret_value() and not self.mail_from:
            raise ValueError("EVERTILL_MAIL_FROM is needed where EVERTILL_SMTP_URL is set")
        return self

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], **overrides: Any) -> "ServerConfig":
        """``EVERTILL_<FIELD>`` variables, then the overrides that are not None."""
        found = {
            name: environ[ENV_PREFIX + name.upper()]
            for name in cls.model_fields
            if ENV_PREFIX + name.upper() in environ
        }
        return cls(**{**found, **{k: v for k, v in overrides.items() if v is not None}})

    @property
    def listen_url(self) -> str:
        """The address of a real session, past any pooler."""
        return self.direct_url.get_secret_value() or self.database_url.get_secret_value()


class CannotListen(Exception):
    """The address to serve at is another program's, or none of this machine's."""

    def __init__(self, host: str, port: int, error: Exception) -> None:
        said = getattr(error, "strerror", None) or str(error)
        super().__init__(
            f"Cannot listen at {host}, port {port}: {said}."
            " Choose another with --host and --port, or stop the program that has it."
        )
