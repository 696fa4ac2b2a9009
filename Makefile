# What there is to do; `make` alone lists it. Needs Python 3.11 or newer and nothing else.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
CODE := portal catalog sharing audit clients tests benchmarks
UPGRADE ?= --upgrade
LOCK := $(VENV)/bin/uv pip compile pyproject.toml --universal --generate-hashes --quiet \
	--no-strip-extras --no-emit-index-url --python-version 3.11 --custom-compile-command "make lock" $(UPGRADE)

.DEFAULT_GOAL := help
.PHONY: help demo test soak check bench lock vendor messages clean

help: ## list these targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/runtime.stamp $(VENV)/messages.stamp ## run the portal with its demonstration province
	@exec $(PY) manage.py demo

# Tests that want a browser or a MariaDB skip without; REQUIRE_BROWSER=1 and REQUIRE_SERVERS=1 make them fail.
test: $(VENV)/dev.stamp $(VENV)/messages.stamp ## run every test (ARGS="tests/catalog -k review" for some)
	$(PY) -m pytest $(ARGS)

soak: $(VENV)/dev.stamp $(VENV)/messages.stamp ## kill what runs at random for SOAK_SECONDS (40) and prove that nothing is lost
	SOAK_SECONDS=$${SOAK_SECONDS:-40} $(PY) -m pytest tests/soak -s

CHECKS := format lint templates types imports migrations translations deployment
check: $(CHECKS) ## format, lint, types, imports, templates, migrations, translations (-k: all faults)

$(CHECKS): $(VENV)/dev.stamp $(VENV)/messages.stamp
.PHONY: $(CHECKS)

format:
	$(VENV)/bin/ruff format --check .

lint:
	$(VENV)/bin/ruff check .

templates:
	find templates -name '*.html' -exec $(VENV)/bin/djade --target-version 5.2 --check {} +

types:
	$(VENV)/bin/mypy

imports:
	$(VENV)/bin/lint-imports

migrations:
	$(PY) manage.py makemigrations --check --dry-run

translations:
	$(PY) manage.py translations --check

deployment:
	SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))')" \
		DATABASE_URL=postgres://portal@database.example/portal REDIS_URL=redis://cache.example/0 \
		ALLOWED_HOSTS=portal.example \
		SOURCE_CREDENTIAL_KEYS="$$($(PY) -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')" \
		AUDIT_SIGNING_KEYS="$$($(PY) -c 'from audit.signing import new_key; print(new_key())')" \
		$(PY) manage.py check --deploy --fail-level WARNING --settings portal.settings.production

bench: $(VENV)/dev.stamp ## print the benchmark table
	$(PY) -m benchmarks $(ARGS)

lock: $(VENV)/dev.stamp ## renew the lock files (UPGRADE= keeps what is pinned)
	$(LOCK) --output-file requirements.lock
	$(LOCK) --extra dev --constraint requirements.lock --output-file requirements-dev.lock

vendor: $(VENV)/dev.stamp ## fetch the pages' assets anew and check them
	$(PY) manage.py vendor_assets

messages: $(VENV)/dev.stamp ## write texts without Chinese into locale/
	$(PY) manage.py translations --update

clean: ## remove what was built; the data in .local/ stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov .coverage
	find $(CODE) -type d -name __pycache__ -prune -exec rm -rf {} +
	find locale -name '*.mo' -exec rm -f {} +

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; \
		echo "Name another one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make a virtual environment (Debian: apt-get install python3-venv)." >&2; \
		exit 1; }

$(VENV)/runtime.stamp: requirements.lock | $(PY)
	@echo "Installing what the portal needs ..."
	@$(PIP) install --require-hashes --requirement requirements.lock
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/runtime.stamp
	@echo "Installing what its development needs ..."
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

$(VENV)/messages.stamp: $(wildcard locale/*/*/LC_MESSAGES/*.po) $(VENV)/runtime.stamp
	@$(PY) manage.py translations --compile
	@touch $@
