"""Wrong set-ups, each with what is said about it: the cause, and what to do."""

import base64
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from localstack.keys import encoded, pem, public_pem, rsa_key
from tests.support.keys import PASSPHRASE, ec_key, encrypted_pem, traditional_pem

KEY = "ENCODED_PRIVATE_KEY"
ORG_ID = "00Dxx0000006IYJEA2"
EXAMPLE = "https://acme.my.salesforce.com"
AGAIN = "set it to `base64 < private_key.pem`"
RSA_ONLY = "must hold an RSA key, for Salesforce takes RS256 only: make a new pair by `openssl req"


@functools.cache
def good() -> dict[str, str]:
    """Return the environment of an app that was set up well."""
    return {
        "ORG_ID_18": ORG_ID,
        "CONSUMER_KEY": "3MVG9.consumer_key",
        "ORG_DOMAIN_URL": EXAMPLE,
        KEY: encoded(pem(rsa_key())),
    }


@dataclass(frozen=True)
class Slip:
    """One wrong set-up."""

    name: str
    env: Callable[[], Mapping[str, str]] | Mapping[str, str]
    says: tuple[str, ...]
    """Parts of the one line about it, in their order; the first is the variable's name."""
    unset: tuple[str, ...] = field(default=())

    def environment(self) -> dict[str, str]:
        """Return the good environment with this slip in it."""
        changed = self.env() if callable(self.env) else self.env
        kept = {name: value for name, value in good().items() if name not in self.unset}
        return kept | dict(changed)


def of_key(name: str, make: Callable[[], bytes], *says: str) -> Slip:
    """Return a slip of the private key: what was encoded instead of its PEM file."""
    return Slip(f"key-{name}", lambda: {KEY: encoded(make())}, (KEY, *says))


@functools.cache
def certificate() -> x509.Certificate:
    """Return a certificate of the run's key."""
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415

    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "functions")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(rsa_key().public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(rsa_key(), hashes.SHA256())
    )


def der(encryption: serialization.KeySerializationEncryption | None = None) -> bytes:
    """Return the run's key as DER."""
    return rsa_key().private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        encryption or serialization.NoEncryption(),
    )


def store() -> bytes:
    """Return the run's key and certificate in a PKCS#12 store."""
    lock = serialization.BestAvailableEncryption(PASSPHRASE)
    return pkcs12.serialize_key_and_certificates(b"f", rsa_key(), certificate(), None, lock)


def of_openssh() -> bytes:
    """Return the run's key in OpenSSH's own form."""
    return rsa_key().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )


def request() -> bytes:
    """Return a request for a certificate."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "functions")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return builder.sign(rsa_key(), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def lock() -> serialization.KeySerializationEncryption:
    """Return a passphrase."""
    return serialization.BestAvailableEncryption(PASSPHRASE)


PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER
KEYS = [
    Slip("key-missing", {}, (KEY, "is missing", AGAIN), unset=(KEY,)),
    Slip("key-raw", lambda: {KEY: pem(rsa_key()).decode()}, (KEY, "is the PEM text itself", AGAIN)),
    Slip(
        "key-raw-escaped",
        lambda: {KEY: pem(rsa_key()).decode().replace("\n", "\\n")},
        (KEY, "is the PEM text itself", AGAIN),
    ),
    Slip("key-text", {KEY: "not base64!"}, (KEY, "isn't base64", AGAIN)),
    Slip(
        "key-half-a-character",
        lambda: {KEY: encoded(pem(rsa_key()))[:1001]},
        (KEY, "isn't base64, or not all of it", AGAIN),
    ),
    of_key(
        "escaped",
        lambda: pem(rsa_key()).replace(b"\n", b"\\n"),
        "has \\n where its line breaks were",
        "`printf '%b\\n'",
    ),
    of_key("encrypted", lambda: encrypted_pem(rsa_key()), "has a passphrase", "`openssl pkey -in"),
    of_key(
        "encrypted-old",
        lambda: rsa_key().private_bytes(
            PEM, serialization.PrivateFormat.TraditionalOpenSSL, lock()
        ),
        "has a passphrase",
        "`openssl pkey -in",
    ),
    of_key("openssh", of_openssh, "is a key of OpenSSH", "`ssh-keygen -p -m PEM"),
    of_key("der", der, "is DER, not PEM", "`openssl pkey -inform DER"),
    of_key("der-encrypted", lambda: der(lock()), "is DER with a passphrase", "`openssl pkey"),
    of_key(
        "body-only",
        lambda: base64.b64decode("".join(pem(rsa_key()).decode().split("\n")[1:-2])),
        "is DER, not PEM",
    ),
    of_key("pkcs12", store, "is a PKCS#12 store", "`openssl pkcs12 -in store.p12"),
    of_key("public", lambda: public_pem(rsa_key()), "is the public half", AGAIN),
    of_key(
        "public-der",
        lambda: (
            rsa_key()
            .public_key()
            .public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        ),
        "is the public half",
    ),
    of_key("certificate", lambda: certificate().public_bytes(PEM), "is the certificate", AGAIN),
    of_key("certificate-der", lambda: certificate().public_bytes(DER), "is the certificate"),
    of_key("request", request, "is a request for a certificate", AGAIN),
    of_key("half", lambda: pem(rsa_key())[:900], "is cut off, its END line is missing", AGAIN),
    of_key("half-old", lambda: traditional_pem(rsa_key())[:900], "is cut off", AGAIN),
    of_key("half-der", lambda: der()[:600], "is cut off", AGAIN),
    of_key(
        "damaged",
        lambda: pem(rsa_key())[:400] + pem(rsa_key())[500:],
        "is damaged between BEGIN and END",
    ),
    of_key("utf-16", lambda: pem(rsa_key()).decode().encode("utf-16"), "UTF-16", "`iconv -f"),
    of_key("twice", lambda: encoded(pem(rsa_key())).encode(), "was encoded twice", AGAIN),
    of_key("nonsense", lambda: b"x", "must hold PEM", AGAIN),
    of_key("ec", lambda: pem(ec_key()), RSA_ONLY),
    of_key("short", lambda: pem(rsa_key(1024)), "1024 bits", "2048 or more: make a new pair by"),
    Slip(
        "key-file-missing",
        {"PRIVATE_KEY_FILEPATH": "/nowhere/private_key.pem"},
        ("PRIVATE_KEY_FILEPATH", "can't be read: No such file", "/nowhere/private_key.pem"),
        unset=(KEY,),
    ),
]

IDS = [
    Slip("org-id-missing", {}, ("ORG_ID_18", "is missing"), unset=("ORG_ID_18",)),
    Slip(
        "org-id-15",
        {"ORG_ID_18": ORG_ID[:15]},
        ("ORG_ID_18", f"is the 15-character form: set it to {ORG_ID}"),
    ),
    Slip(
        "org-id-checksum",
        {"ORG_ID_18": "00Dxx0000006IYJEA9"},
        ("ORG_ID_18", "last three characters do not fit the rest", f"probably {ORG_ID}"),
    ),
    Slip(
        "org-id-another-checksum",
        {"ORG_ID_18": "00Dxx0000006IYJEAM"},
        ("ORG_ID_18", f"probably {ORG_ID} or 00Dxx0000006IYjEAM"),
    ),
    Slip("org-id-of-a-user", {"ORG_ID_18": "005xx000001X8UzAAK"}, ("ORG_ID_18", "begins with 00D")),
    Slip("org-id-name", {"ORG_ID_18": "Acme"}, ("ORG_ID_18", "18-character id such as")),
    Slip(
        "consumer-key-missing", {"CONSUMER_KEY": " "}, ("CONSUMER_KEY", "is missing: set it to the")
    ),
    Slip(
        "consumer-key-blank",
        {"CONSUMER_KEY": "3MVG9.s3cret and_more"},
        ("CONSUMER_KEY", "holds a blank or a line break"),
    ),
    Slip(
        "consumer-key-line-break",
        {"CONSUMER_KEY": "3MVG9.s3cret\nand_more"},
        ("CONSUMER_KEY", "holds a blank or a line break"),
    ),
    Slip(
        "consumer-key-invisible",
        {"CONSUMER_KEY": "3MVG9.s3cret\u200b"},
        ("CONSUMER_KEY", "holds a character that no consumer key has"),
    ),
    Slip("consumer-key-example", {"CONSUMER_KEY": "3MVG9..."}, ("CONSUMER_KEY", "is an example")),
]

MEANT = "set it to your My Domain, probably "
LOOK = "Setup > My Domain"
HOSTS = [
    Slip(f"domain-{name}", {"ORG_DOMAIN_URL": url}, ("ORG_DOMAIN_URL", *says))
    for name, url, *says in (
        ("lightning", "https://acme.lightning.force.com", MEANT + EXAMPLE),
        ("lightning-page", "https://acme.lightning.force.com/lightning/page/home", MEANT + EXAMPLE),
        (
            "lightning-sandbox",
            "https://acme--uat.sandbox.lightning.force.com",
            MEANT + "https://acme--uat.sandbox.my.salesforce.com",
        ),
        (
            "lightning-old-sandbox",
            "https://acme--uat.lightning.force.com",
            MEANT + "https://acme--uat.sandbox.my.salesforce.com",
        ),
        (
            "lightning-dev-ed",
            "https://acme-dev-ed.develop.lightning.force.com",
            MEANT + "https://acme-dev-ed.develop.my.salesforce.com",
        ),
        ("site", "https://acme.my.site.com/shop", MEANT + EXAMPLE),
        ("sites", "https://acme.my.salesforce-sites.com", MEANT + EXAMPLE),
        ("setup", "https://acme.my.salesforce-setup.com", MEANT + EXAMPLE),
        ("visualforce", "https://acme--c.vf.force.com", MEANT + EXAMPLE),
        (
            "visualforce-sandbox",
            "https://acme--uat--c.sandbox.vf.force.com",
            MEANT + "https://acme--uat.sandbox.my.salesforce.com",
        ),
        ("visualforce-old", "https://acme--c.na44.visual.force.com", MEANT + EXAMPLE),
        ("visualforce-older", "https://acme--c.visual.force.com", MEANT + EXAMPLE),
        ("file", "https://acme.file.force.com", MEANT + EXAMPLE),
        ("login", "https://login.salesforce.com", "login page", LOOK),
        ("test", "https://test.salesforce.com/", "login page", LOOK),
        ("instance", "https://na44.salesforce.com", "an instance", LOOK),
        ("no-scheme", "acme.my.salesforce.com", f"probably {EXAMPLE}"),
        ("http", "http://acme.my.salesforce.com", f"probably {EXAMPLE}"),
        ("path", "https://acme.my.salesforce.com/services", f"probably {EXAMPLE}"),
        ("upper-case", "https://ACME.my.salesforce.com", f"probably {EXAMPLE}"),
        ("nonsense", "acme", f"such as {EXAMPLE}"),
    )
]
AUDIENCES = [
    Slip(f"audience-{name}", {"SF_AUDIENCE": url}, ("SF_AUDIENCE", *says))
    for name, url, *says in (
        ("no-url", "login.salesforce.com", "must be a URL such as https://login.salesforce.com"),
        ("typo", "https://logn.salesforce.com", "probably https://login.salesforce.com is meant"),
        ("domain-typo", "https://test.saleforce.com", "probably https://test.salesforce.com is"),
        ("top-typo", "https://login.salesforce.con", "probably https://login.salesforce.com is"),
        (
            "token-endpoint",
            "https://login.salesforce.com/services/oauth2/token",
            "must be https://login.salesforce.com and nothing behind it",
        ),
        ("lightning", "https://acme.lightning.force.com", EXAMPLE),
        ("http", "http://acme.my.salesforce.com", "must begin with https://"),
        ("instance", "https://na44.salesforce.com", "an instance"),
    )
]

CODED = "@ as %40, : as %3A, / as %2F"
DATABASES = [
    Slip(f"database-{name}", {"DATABASE_URL": url}, ("DATABASE_URL", "must be a URL", *says))
    for name, url, *says in (
        ("bare-at", "postgres://u:s3cret@x@db.example.com:5432/name", CODED),
        ("bare-slash", "postgres://u:s3cret/x@db.example.com:5432/name", CODED),
        ("bare-colon", "postgres://u:s3cret:x@db.example.com:bad/name", CODED),
        ("bare-question-mark", "postgres://u:s3cret?x@db.example.com/name", CODED),
        ("mysql", "mysql://u:s3cret@db.example.com/name", "only PostgreSQL"),
        ("driver", "postgresql+psycopg2://u:s3cret@db.example.com/name", "begins with postgres://"),
        ("no-scheme", "u:s3cret@db.example.com/name", "begins with postgres://"),
        ("no-name", "postgres://u:s3cret@db.example.com:5432", "names no database"),
        ("blank", "postgres://u:s3cret@db.example.com/na me", "holds a blank"),
        ("port", "postgres://u:s3cret@db.example.com:54x2/name", "host, port or database"),
    )
]

NUMBERS = [
    Slip(
        "port-word",
        {"PORT": "http"},
        ("PORT", "must be a whole number from 1 to 65535, not 'http'"),
    ),
    Slip("port-taken", {"PORT": "8080"}, ("PORT", "and FUNCTION_PORT must differ, both are 8080")),
    Slip("web-concurrency-0", {"WEB_CONCURRENCY": "0"}, ("WEB_CONCURRENCY", "from 1 to 1000")),
    Slip("web-concurrency-word", {"WEB_CONCURRENCY": "auto"}, ("WEB_CONCURRENCY", "not 'auto'")),
    Slip("one-thread", {"PROXY_THREADS": "1"}, ("PROXY_THREADS", "from 4 to 1000, not '1'")),
    Slip(
        "inflight",
        {"PROXY_THREADS": "64", "MAX_INFLIGHT": "64"},
        ("MAX_INFLIGHT", "must be below PROXY_THREADS", "at most 63, not 64"),
    ),
    Slip("timeout-unit", {"FUNCTION_TIMEOUT_S": "30s"}, ("FUNCTION_TIMEOUT_S", "not '30s'")),
    Slip(
        "watchdog", {"WATCHDOG_FAILURES": "six"}, ("WATCHDOG_FAILURES", "from 0 to 1000, not 'six'")
    ),
    Slip("log-level", {"LOG_LEVEL": "LOUD"}, ("LOG_LEVEL", "DEBUG, INFO, WARNING, ERROR")),
    Slip(
        "async-keys",
        {"ASYNC_KEYS": "s3cret"},
        ("ASYNC_KEYS", "`python -c", "generate_key().decode()"),
    ),
    Slip("metrics-token", {"METRICS_TOKEN": "s3cret"}, ("METRICS_TOKEN", "`openssl rand -hex 32`")),
    Slip(
        "async-file",
        {"ASYNC_DB_PATH": "/etc/passwd/jobs"},
        ("ASYNC_DB_PATH", "must be a file in a folder we may write"),
    ),
]

REFUSED = [*KEYS, *IDS, *HOSTS, *AUDIENCES, *DATABASES, *NUMBERS]
"""The start is refused, exit code 2."""

ON_HEROKU = {"DYNO": "web.1", "DATABASE_URL": "postgres://u:s3cret@db.example.com/name"}
WARNED = [
    Slip(
        "two-keys",
        {"PRIVATE_KEY_FILEPATH": "/nowhere"},
        ("PRIVATE_KEY_FILEPATH", f"is ignored, since {KEY} is set: unset one"),
    ),
    Slip(
        "two-stores",
        {"DATABASE_URL": ON_HEROKU["DATABASE_URL"], "ASYNC_DB_PATH": "/tmp/jobs"},  # noqa: S108
        ("ASYNC_DB_PATH", "is ignored, since DATABASE_URL is set: unset one"),
    ),
    Slip(
        "no-database-on-heroku",
        {"DYNO": "web.1"},
        ("DATABASE_URL", "is missing", "end with their dyno", "`heroku addons:create"),
    ),
    Slip(
        "long-limit-on-heroku",
        ON_HEROKU | {"FUNCTION_TIMEOUT_S": "120"},
        ("FUNCTION_TIMEOUT_S", "is 120, but Heroku's router gives up after 30 s", "set it to 27"),
    ),
    *(
        Slip(
            f"web-concurrency-{number}",
            {"WEB_CONCURRENCY": number},
            ("WEB_CONCURRENCY", f"is {number}, and 32 are started", "buildpacks set it"),
        )
        for number in ("33", "65", "257")
    ),
    Slip(
        "domain-typo",
        {"ORG_DOMAIN_URL": "https://acme.my.saleforce.com"},
        ("ORG_DOMAIN_URL", "no host of Salesforce"),
    ),
    Slip(
        "audience-stranger",
        {"SF_AUDIENCE": "https://identity.example.com"},
        ("SF_AUDIENCE", "no host of Salesforce", "audience is invalid"),
    ),
    *(
        Slip(f"misspelt-{name}", {name: "x"}, (name, f"is no setting: probably {meant} is meant"))
        for name, meant in (
            ("FUNCTION_TIMOUT_S", "FUNCTION_TIMEOUT_S"),
            ("FUNCTION_TIMEOUT", "FUNCTION_TIMEOUT_S"),
            ("SF_AUDIANCE", "SF_AUDIENCE"),
            ("SF_AUDIENCE_URL", "SF_AUDIENCE"),
            ("ALLOWED_PERMISSIONSETS", "ALLOWED_PERMISSION_SETS"),
            ("DATABASE_URI", "DATABASE_URL"),
            ("async_keys", "ASYNC_KEYS"),
            ("PROXY_THREAD", "PROXY_THREADS"),
            ("LOGLEVEL", "LOG_LEVEL"),
            ("FUNCTION_COMAND", "FUNCTION_COMMAND"),
        )
    ),
]
"""The start is not refused: exit code 0, and a warning."""

MISSPELT_REQUIRED = [
    ("CONSUMER_KEYS", "CONSUMER_KEY"),
    ("ORG_ID", "ORG_ID_18"),
    ("PRIVATE_KEY", "ENCODED_PRIVATE_KEY"),
    ("\ufeffORG_ID_18", "ORG_ID_18"),
]
"""What was written, and what is therefore missing."""

_ORDINARY = """
    PATH HOME LANG LC_ALL USER SHELL PWD TERM HOSTNAME LD_LIBRARY_PATH TZ EDITOR OLDPWD
    SHLVL _ PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE WEB_MEMORY GUNICORN_CMD_ARGS
    FORWARDED_ALLOW_IPS LIBRARY_PATH CPATH PKG_CONFIG_PATH NODE_ENV NODE_OPTIONS
    NPM_CONFIG_PRODUCTION JAVA_OPTS JAVA_TOOL_OPTIONS JVM_OPTS JDBC_DATABASE_URL PGSSLMODE
    PGHOST SPRING_DATASOURCE_URL REDIS_URL REDIS_TLS_URL KAFKA_URL CLOUDAMQP_URL
    SENTRY_DSN PAPERTRAIL_API_TOKEN DATABASE_CONNECTION_POOL_URL
    HEROKU_POSTGRESQL_AMBER_URL HEROKU_APP_NAME HEROKU_APP_ID HEROKU_DYNO_ID
    HEROKU_RELEASE_VERSION HEROKU_SLUG_COMMIT HEROKU_SLUG_DESCRIPTION HEROKU_METRICS_URL
    STACK SOURCE_VERSION DISABLE_COLLECTSTATIC SECRET_KEY DEBUG CI TMPDIR API_KEY
    LOG_FORMAT RAILS_ENV FUNCTION_DATABASE_URL FUNCTION_COMMAND
    FUNCTION_PACKAGES KUBERNETES_SERVICE_HOST KUBERNETES_PORT_443_TCP
    NEW_RELIC_LICENSE_KEY DD_API_KEY BUILDPACK_URL CNB_STACK_ID CNB_PLATFORM_API
    OTEL_EXPORTER_OTLP_ENDPOINT HTTPS_PROXY NO_PROXY SSL_CERT_FILE SUPERVISOR_PROCESS_NAME
    SUPERVISOR_ENABLED PROXY_PROGRAMS MAX_THREADS TIMEOUT APP_URL BASE_URL
"""
ORDINARY = dict.fromkeys(_ORDINARY.split(), "x") | {"PYTHONHASHSEED": "0", "PYTHONPATH": "/x"}
"""What platforms, buildpacks, add-ons and functions set: none of our business."""
