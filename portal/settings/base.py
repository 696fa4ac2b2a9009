"""Every setting, from the environment; runs as it is on the bundled servers (see `portal.embedded`)."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from portal import embedded
from portal.common.logs import logging_config
from portal.settings.delivery import *  # noqa: F403
from portal.settings.files import *  # noqa: F403
from portal.settings.sources import *  # noqa: F403
from portal.settings.sources import SOURCE_ALLOWED_NETWORKS
from portal.settings.trail import *  # noqa: F403
from portal.settings.trail import AUDIT_SEAL_SECONDS, WATCH_SECONDS

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent.parent
PORTAL_DATA_DIR = embedded.data_dir()
PORTAL_NAME = env.str("PORTAL_NAME", default="")

# The demonstration runs with a key of its own data directory; production.py refuses to start without one.
SECRET_KEY = env.str("SECRET_KEY", default="") or embedded.development_secret_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "portal.common",
    "portal.workdays",
    "audit",
    "portal.organisation",
    "portal.clocks",
    "portal.idempotency",
    "portal.webhooks",
    "catalog",
    "sharing",
    "sharing.matching",
    "portal.supervision",
    "portal.watching",
    "portal.home",
    "portal.demo",
    "portal.organisation.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.sitemaps",
    "django.contrib.humanize",
    "django.forms",
    "template_partials",
    "django_htmx",
    "guardian",
    "allauth",
    "allauth.account",
    "axes",
    "oauth2_provider",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_structlog",
    "django_prometheus",
    "csp",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.common.language.BrowserLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "portal.common.request_id.RequestIdMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "portal.common.logs.WhoMiddleware",
    # Outside of all that refuses, inside of what says whose request it is and under which id.
    "audit.denials.DenialMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.common.sound_address.SoundAddressMiddleware",
    "portal.common.errors.DomainErrorMiddleware",
    "axes.middleware.AxesMiddleware",
    "portal.common.preconditions.PreconditionMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
    # After all others: what they check of a call is checked of a repeated one too.
    "portal.idempotency.middleware.IdempotencyMiddleware",
]

# By then RequestIdMiddleware has made an id, or found the proxy's sound.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.common.context.portal",
                "portal.home.navigation.navigation",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {
    "default": {
        **env.db_url_config(embedded.database_url()),
        "ENGINE": "portal.common.database",
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = embedded.redis_url()
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "portal",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = env.int("SESSION_COOKIE_AGE", default=8 * 3600)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# People
AUTH_USER_MODEL = "organisation.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home:index"
ACCOUNT_ADAPTER = "portal.organisation.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None}  # django-axes counts
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_USER_DISPLAY = "portal.organisation.accounts.display_name"
# Whose address the trail, the logs and the throttle take for the caller's. A header is the caller's
# own word: name one only behind a proxy that overwrites it (deploy/nginx.conf does).
CLIENT_ADDRESS_FROM = env("CLIENT_ADDRESS_FROM", default="REMOTE_ADDR")
IPWARE_META_PRECEDENCE_ORDER = (CLIENT_ADDRESS_FROM,)
AXES_IPWARE_META_PRECEDENCE_ORDER = (CLIENT_ADDRESS_FROM,)
AXES_VERBOSE = False
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "portal.organisation.accounts.axes_username"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_HTTP_RESPONSE_CODE = 429

# Object permissions: to department groups only, in direct-foreign-key tables.
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False
ANONYMOUS_USER_NAME = None

# API
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"
OAUTH2_PROVIDER = {
    "SCOPES": {
        "read": "Read the catalogue and shared rows",
        "write": "Act on requests and agreements",
    },
    "DEFAULT_SCOPES": ["read"],
    "ACCESS_TOKEN_EXPIRE_SECONDS": 1800,
    "ALLOWED_GRANT_TYPES": ["client_credentials"],
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    # The best current practice of RFC 9700: tokens are stored hashed, never taken from an address.
    **{
        f"COMPLIANT_BCP_RFC9700_{part}": True
        for part in (
            "IMPLICIT_GRANT",
            "PASSWORD_GRANT",
            "PKCE_METHOD",
            "ACCESS_TOKEN_TRANSPORT",
            "AUTHZ_RESPONSE_ISS",
            "TOKEN_STORAGE",
            "REFRESH_TOKEN",
            "REDIRECT_URI_SCHEME",
            "REDIRECT_URI_MATCHING",
            "PKCE_REQUIRED",
        )
    },
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "portal.organisation.api.authentication.SystemTokenAuthentication",
        "portal.organisation.api.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "portal.common.api.KeysetPagination",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "portal.common.api.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    # `?format=` is the catalogue's facet of data formats, not a choice of renderer: `Accept` is that.
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Government data sharing portal",
    "DESCRIPTION": "Catalogue, requests, agreements and shared rows of one government level.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "CollectionPlanStateEnum": "catalog.models.PlanState",
        "ResourceStateEnum": "catalog.models.ResourceState",
        "RunStateEnum": "catalog.models.RunState",
        "RequestStateEnum": "sharing.models.RequestState",
        "AgreementStateEnum": "sharing.models.AgreementState",
        "SharingModeEnum": "catalog.models.SharingMode",
        "RefusalReasonEnum": "sharing.models.RefusalReason",
        "AssessmentKindEnum": "catalog.models.AssessmentKind",
        "SourceKindEnum": "catalog.models.SourceKind",
        "DeadlineKindEnum": "sharing.models.DeadlineKind",
        "CatalogueClockEnum": "catalog.models.CatalogueClock",
        "UpdateFrequencyEnum": "catalog.models.UpdateFrequency",
        "ImportStateEnum": "catalog.models.ImportState",
        "StandardVersionStateEnum": "catalog.models.VersionState",
        "DemandStateEnum": "sharing.matching.models.DemandState",
        "ChallengeOutcomeEnum": "sharing.matching.models.ChallengeOutcome",
        "DisputeOutcomeEnum": "sharing.models.DisputeOutcome",
        "ItemTypeEnum": "catalog.models.ItemType",
        "EventTypeEnum": "portal.webhooks.models.EventType",
        "EventChoiceEnum": "portal.webhooks.models.CHOSEN",
        "DeliveryStateEnum": "portal.webhooks.models.DeliveryState",
        "CaseStateEnum": "portal.watching.models.CaseState",
        "JobModeEnum": "catalog.models.JobMode",
        "TargetKindEnum": "sharing.models.TargetKind",
        "PushModeEnum": "sharing.models.PushMode",
        "HarvestStateEnum": "catalog.models.HarvestState",
    },
}

CATALOGUE_IMPORT_MOST_BYTES = env.int("CATALOGUE_IMPORT_MOST_BYTES", default=50 * 1024 * 1024)
RESOURCE_CODE_SCHEME = env.str("RESOURCE_CODE_SCHEME", default="catalog.codes.GuideScheme")

# Background work
CELERY_BROKER_URL = REDIS_URL
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TRACK_STARTED = True
CELERY_TIMEZONE = "Asia/Shanghai"
# What becomes of the provider's clock while a request is incomplete, which Art. 21 leaves open:
# "restart" when it is complete, "pause" meanwhile, or "run" on.
SUPPLEMENT_CLOCK = env.str("SUPPLEMENT_CLOCK", default="restart")
if SUPPLEMENT_CLOCK not in {"restart", "pause", "run"}:
    raise environ.ImproperlyConfigured('SUPPLEMENT_CLOCK is "restart", "pause" or "run"')

CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 6 * 3600}
# The sweeps pick up what a lost message left behind; the tick queues the sync runs that are due.
CELERY_BEAT_SCHEDULE = {
    "audit.seal": {"task": "audit.seal", "schedule": AUDIT_SEAL_SECONDS},
    "watching.watch": {"task": "watching.watch", "schedule": WATCH_SECONDS},
    "audit.verify": {"task": "audit.verify", "schedule": 86400.0},
    "audit.count_denials": {"task": "audit.count_denials", "schedule": 60.0},
    "audit.months": {"task": "audit.months", "schedule": 3600.0},
    "audit.archive": {"task": "audit.archive", "schedule": 86400.0},
    "catalog.sweep_sync_runs": {"task": "catalog.sweep_sync_runs", "schedule": 60.0},
    "catalog.tick_schedules": {"task": "catalog.tick_schedules", "schedule": 30.0},
    "catalog.tell_of_late": {"task": "catalog.tell_of_late", "schedule": 600.0},
    "catalog.drop_slots": {"task": "catalog.drop_slots", "schedule": 300.0},
    "catalog.look_at_slots": {"task": "catalog.look_at_slots", "schedule": 300.0},
    "catalog.settle_audiences": {"task": "catalog.settle_audiences", "schedule": 300.0},
    "catalog.sweep_imports": {"task": "catalog.sweep_imports", "schedule": 60.0},
    "catalog.tick_harvests": {"task": "catalog.tick_harvests", "schedule": 30.0},
    "catalog.sweep_harvests": {"task": "catalog.sweep_harvests", "schedule": 60.0},
    "catalog.sweep_profiles": {"task": "catalog.sweep_profiles", "schedule": 300.0},
    "catalog.sweep_indexes": {"task": "catalog.sweep_indexes", "schedule": 300.0},
    "catalog.refresh_index": {"task": "catalog.refresh_index", "schedule": 300.0},
    "catalog.count_new_hits": {"task": "catalog.count_new_hits", "schedule": 600.0},
    "sharing.sweep": {"task": "sharing.sweep", "schedule": 60.0},
    "sharing.prune_changes": {"task": "sharing.prune_changes", "schedule": 3600.0},
    "sharing.sweep_exports": {"task": "sharing.sweep_exports", "schedule": 60.0},
    "sharing.tick_pushes": {"task": "sharing.tick_pushes", "schedule": 30.0},
    "clocks.sweep": {"task": "clocks.sweep", "schedule": 60.0},
    "clocks.post": {"task": "clocks.post", "schedule": 60.0},
    "webhooks.sweep": {"task": "webhooks.sweep", "schedule": 60.0},
    "idempotency.purge": {"task": "idempotency.purge", "schedule": 86400.0},
    "webhooks.purge": {"task": "webhooks.purge", "schedule": 86400.0},
    "clocks.count_unread": {"task": "clocks.count_unread", "schedule": 600.0},
}

# Whether competent departments may advise on a request while the provider's clock runs.
PRE_CHECK = env.bool("PRE_CHECK", default=True)

# Webhooks: networks that the portal may call into, how long events are kept, and after how many failed
# attempts in a row one is switched off. Answers to calls with a key are kept for some days.
WEBHOOK_ALLOWED_NETWORKS = env.list("WEBHOOK_ALLOWED_NETWORKS", default=SOURCE_ALLOWED_NETWORKS)
WEBHOOK_HTTPS_ONLY = env.bool("WEBHOOK_HTTPS_ONLY", default=False)
WEBHOOK_KEPT_DAYS = env.int("WEBHOOK_KEPT_DAYS", default=90)
IDEMPOTENCY_KEPT_DAYS = env.int("IDEMPOTENCY_KEPT_DAYS", default=7)
WEBHOOK_MOST_FAILURES = env.int("WEBHOOK_MOST_FAILURES", default=20)

# Language: the browser decides, Simplified Chinese when it says nothing.
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = sorted(path for path in (BASE_DIR / "locale").iterdir() if path.is_dir())
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = PORTAL_DATA_DIR / "staticfiles"
MEDIA_ROOT = PORTAL_DATA_DIR / "files"

# Nothing from elsewhere, no inline code; Tabler's CSS carries data: images.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# E-mail: to the house's own server when one is named, else into files. Links lead to PORTAL_URL.
EMAIL_HOST = env.str("EMAIL_HOST", default="")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", default=False)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=30)
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_HOST
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = PORTAL_DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="portal@localhost")
PORTAL_URL = env.str("PORTAL_URL", default="http://127.0.0.1:8000").rstrip("/")

# Watching
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_config(
    level=env.str("LOG_LEVEL", default="INFO"), as_json=env.bool("LOG_JSON", default=True)
)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
DEMO_ACCOUNTS_ALLOWED = env.bool("DEMO_ACCOUNTS_ALLOWED", default=True)
