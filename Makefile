# `make` lists the targets. Logic lives in Python; this file only names it. What the variables are:
#
# STACK: A stack's name, the middle of `Pulumi.<stack>.yaml`. Default: dev; sale-*, cost and preflight have none.
# EVENT: A sale event's name in `saleday:saleEvents`. Default: all events to come.
# SCENARIO: Scenarios of the simulation, joined by commas, for example `plan,az-lost`. Default: all.
# NOW: Time to plan from, for example `2030-10-18T22:00:00+05:30`. Default: the clock's.
# DEPLOYED: Time when the events first came into the stack: what was due before is not done. Default: NOW, and in time where
# an event is on by then.
# ALL: `1` adds to preview, up and rehearse the inventory, and what can't be judged before `up`.
# WRITE: `1` lets a command change what it looked at: settings files, and for before-destroy the account.
# FROM: What sale-review and game-day read: a folder with metrics, or `account`; for calibrate a folder of
# results, for ready-check a certificate.
# KEY: What `make ready` signs with: a private key in PEM, or `awskms:<key>`; for ready-check the public key. Default: a key
# of this machine, in `.rehearsal/`.
# FAULT: A fault of a game day: az-lost, tasks-killed, spot-reclaimed or database-failover.
# RATE: Requests a second at which game-day plays a fault. Default: usualDemand.
# AT: When an experiment was started, for example `2026-09-01T10:00:00+05:30`.
# URL: A shop on this machine that `make load` plays against.
# SECONDS: How long a load test is played. Default: load-plan as long as the event's opening, load 60.
# SHAPE: `event`, or `stairs`: equal steps up to the most that is allowed. Default: event.
# QUERIES: `1` prints the commands that export what sale-review reads, and reads nothing.
# ONLY: Start of the names that `make settings` prints, for example `edge`. Default: all.
# FILE: An exported state, plan or preview for `make policy` and `make needs`. Default: the stacks of this tree.
# STATE: The exported state that a plan in FILE builds on.
# FORMAT: Form of the answer: text, json; for policy also sarif, junit. Default: text.
# POLICY: `1` prints the least IAM policy that preflight takes, and asks nothing.
# BASE: A git revision that `make cost` compares with.
# JSON: A file that `make cost` writes its figures to as well.
# REGION: A further region for `make prices`.
# COUNT: Stacks for each rule of `make fuzz`. Default: 2000.
# RUNS: Runs that `make bench` takes the median of. Default: 5.
# PYTHON: The Python that sets up `.venv`, 3.11 or later. Default: python3.
PYTHON ?= python3
RUNS ?= 5
STACK ?=
ALL ?=
ONLY ?=
FILE ?=
STATE ?=
FORMAT ?= text
EVENT ?=
FROM ?=
QUERIES ?=
FAULT ?=
RATE ?=
AT ?=
SCENARIO ?=
WRITE ?=
BASE ?=
JSON ?=
POLICY ?=
REGION ?=
NOW ?=
URL ?=
KEY ?=
SECONDS ?=
SHAPE ?=
DEPLOYED ?=
PY := .venv/bin/python
# Neighbouring tests stay with one worker, until another has nothing left to do: what a module's tests share is made once.
PYTEST = $(PY) -m pytest -n auto --dist worksteal
TOOL = $(PY) -m saleday $@ --stack '$(STACK)'
EVENT_LOAD = $(TOOL) --event '$(EVENT)' --now '$(NOW)' --seconds '$(SECONDS)' --shape '$(SHAPE)'
EVENT_TOOL = $(TOOL) --event '$(EVENT)' --now '$(NOW)' --deployed '$(DEPLOYED)'
# What Python compiles once it keeps: the SDK's modules take every process some seconds to compile, also where the
# environment says otherwise.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help setup preview up outputs destroy rehearse policy needs needs-proof test test-thorough fuzz check bench conformance conformance-deploy \
	settings preflight before-destroy sale-plan sale-play sale-search sale-report sale-review load-plan load \
	calibrate load-demo game-day ready ready-check cost prices docs diagram pictures lock

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1 /p' Makefile | while read -r name rest; do printf '  %-18s %s\n' "$$name" "$$rest"; done

setup:  ## everything that is needed: .venv and the Pulumi CLI (the other targets do it too)
	@$(PYTHON) -m devtools.bootstrap

preview: setup  ## what `up` would change (STACK=dev; ALL=1 adds the inventory)
	@$(TOOL) --all '$(ALL)'

up: setup  ## deploy offline, after a preview; the state is kept in .rehearsal/ (STACK=dev)
	@$(TOOL) --all '$(ALL)'

outputs: setup  ## what the deployed stack exports (STACK=dev)
	@$(TOOL)

destroy: setup  ## delete what `up` has made (STACK=dev)
	@$(TOOL)

rehearse: setup  ## preview, up, a second preview without change, destroy that leaves nothing (all stacks, or STACK=)
	@$(TOOL) --all '$(ALL)'

policy: setup  ## what the policy pack says, without an engine (all stacks, STACK= or FILE=; FORMAT=text, json, sarif, junit)
	@$(TOOL) --file '$(FILE)' --state '$(STATE)' --format '$(FORMAT)'

needs: setup  ## what every workload needs, and the way that serves it or the hop that breaks (all stacks, STACK= or FILE=; FORMAT=json)
	@$(TOOL) --file '$(FILE)' --format '$(FORMAT)'

needs-proof: setup  ## deletes every grant of prod, dev and an ec2 variant in turn, and lists what breaks no need (STACK=)
	@$(PY) -m tests.policy.needs_proof $(STACK)

conformance: setup  ## every stack and variant judged by the real AWS provider, built once (for many minutes)
	@$(PY) -m saleday $@ $(STACK)

conformance-deploy: setup  ## what Moto holds of the examples dev and prod, made in one account by the real AWS provider, looked at and destroyed (STACK=)
	@$(PY) -m saleday $@ $(STACK)

preflight: setup  ## [AWS, reads only] whether a stack would come up there (STACK=prod, WRITE=1, POLICY=1, FORMAT=json)
	@$(TOOL) --format '$(FORMAT)' --write '$(WRITE)' --policy '$(POLICY)'

before-destroy: setup  ## [AWS, reads only without WRITE=1] what pulumi destroy would fail for (STACK=dev); WRITE=1 does away with it
	@$(TOOL) --write '$(WRITE)'

sale-plan: setup  ## at how many times the forecast a sale breaks, every link, and when what is done (STACK=prod EVENT=, NOW=, DEPLOYED=)
	@$(EVENT_TOOL)

sale-play: setup  ## a sale in the simulation: where it breaks, its worst minutes, and faults (STACK=prod EVENT=, SCENARIO=, NOW=, DEPLOYED=)
	@$(EVENT_TOOL) --scenario '$(SCENARIO)'

sale-search: setup  ## the cheapest plan that keeps the promise in 99 % of the ways a sale may turn out (STACK=prod EVENT=, SCENARIO= faults, WRITE=1 or lower, NOW=)
	@$(EVENT_TOOL) --scenario '$(SCENARIO)' --write '$(WRITE)'

sale-report: setup  ## an event on one page and its runbook, build/sale-*.html, and as JSON (STACK=prod EVENT=, NOW=)
	@$(EVENT_TOOL)

sale-review: setup  ## [AWS, reads only, with FROM=account] a sale against its forecast, and settings for the next (STACK=prod EVENT=, FROM=folder, QUERIES=1, WRITE=1)
	@$(EVENT_TOOL) --from '$(FROM)' --write '$(WRITE)' --queries '$(QUERIES)'

load-plan: setup  ## an event as customers that arrive, for Locust: build/load-*/ (STACK=prod EVENT=, FROM=access logs or CSV, SECONDS=, SHAPE=stairs, NOW=)
	@$(EVENT_LOAD) --from '$(FROM)'

load: setup  ## play an event, scaled down, against a shop on this machine (STACK=local EVENT=, URL=http://127.0.0.1:8080, SECONDS=60, SHAPE=stairs)
	@$(EVENT_LOAD) --url '$(URL)'

calibrate: setup  ## services[].measured from a load test's results, with intervals (STACK=local FROM=build/load-*/results, WRITE=1)
	@$(TOOL) --from '$(FROM)' --write '$(WRITE)'

game-day: setup  ## [AWS, reads only, with FROM=account] what a fault is expected to do, and after it what it did (STACK=prod FAULT=, RATE=, FROM=folder, AT=)
	@$(TOOL) --fault '$(FAULT)' $(if $(RATE),--rate '$(RATE)') --from '$(FROM)' --at '$(AT)' --now '$(NOW)'

load-demo: setup  ## a shop of five services on this machine: loaded, calibrated, planned, certified (some 4 minutes; build/load-demo/)
	@$(PY) -m saleday $@

ready: setup  ## [AWS, signs only, with KEY=awskms:…] whether a stack is ready for an event: one page and one signed file (STACK=prod EVENT=, KEY=, NOW=)
	@$(TOOL) --event '$(EVENT)' --now '$(NOW)' --key '$(KEY)'

ready-check: setup  ## whether a certificate is genuine, of this revision, and says ready (STACK=prod EVENT=, FROM=, KEY=public key, NOW=)
	@$(TOOL) --event '$(EVENT)' --now '$(NOW)' --from '$(FROM)' --key '$(KEY)'

settings: setup  ## what a stack's settings come to, and where each comes from (STACK=prod, ONLY=edge)
	@$(TOOL) --only '$(ONLY)'

cost: setup  ## what a stack costs a month, and its events (STACK=prod, BASE=revision to compare with, JSON=file, NOW=)
	@$(TOOL) --base '$(BASE)' --now '$(NOW)' --json '$(JSON)'

prices: setup  ## refresh aws_facts/data/prices.json from AWS's price list, where there is a network (REGION=)
	@$(PY) -m saleday $@ --region '$(REGION)'

docs: setup  ## write every generated page, and build the documentation to build/site
	@$(PY) -m saleday $@

diagram: setup  ## draw the stacks' architecture, light and dark, into docs/architecture/ (all stacks, or STACK=)
	@$(TOOL)

pictures: setup  ## the README's pictures taken anew: a rehearsal as it runs, and the sale report (needs Chromium)
	@$(PY) -m devtools.docsgen.pictures

lock: setup  ## write requirements.lock from requirements*.txt: every package with its version and hashes
	@$(PY) -m uv pip compile requirements-dev.txt --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --output-file requirements.lock

test: setup  ## the tests; what takes long of one kind is sampled
	@$(PY) -m tests.ready
	@$(PYTEST)

test-thorough: setup  ## what `make test` samples, in whole
	@$(PYTEST) -m thorough

fuzz: setup  ## thousands of odd-shaped stacks for each policy rule (COUNT=2000)
	@POLICY_FUZZ=$(or $(COUNT),2000) $(PYTEST) -q tests/policy/test_odd_shapes.py

check: setup  ## format, lint, types, workflows
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m ty check
	@$(dir $(PY))lint-imports --no-cache
	@go -C devtools/ci/actionlint tool actionlint -no-color -oneline -shellcheck= -pyflakes= $(abspath $(wildcard .github/workflows/*.yml))

bench: setup  ## the bounds, measured; medians of RUNS=5 into docs/benchmarks.md
	@$(PY) -m devtools.bench --runs $(RUNS)
