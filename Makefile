# `make` lists the targets. Logic lives in Python; this file only names it.
PYTHON ?= python3
RUNS ?= 5
STACK ?=
FILE ?=
STATE ?=
FORMAT ?= text
EVENT ?=
SCENARIO ?=
WRITE ?=
BASE ?=
JSON ?=
POLICY ?=
REGION ?=
NOW ?=
PY := .venv/bin/python
# Neighbouring tests stay with one worker, until another has nothing left to do: what a module's tests share is made once.
PYTEST = $(PY) -m pytest -n auto --dist worksteal
ENGINE = $(PY) -m devtools.rehearsal $@ --stack '$(STACK)'
# What Python compiles once it keeps: the SDK's modules take every process some seconds to compile, also where the
# environment says otherwise.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help setup preview up outputs destroy rehearse policy test test-thorough fuzz check bench conformance conformance-deploy \
	preflight before-destroy sale-plan sale-play sale-search sale-report cost prices

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1 /p' Makefile | while read -r name rest; do printf '  %-18s %s\n' "$$name" "$$rest"; done

setup:  ## everything that is needed: .venv and the Pulumi CLI (the other targets do it too)
	@$(PYTHON) -m devtools.bootstrap

preview: setup  ## what `up` would change (STACK=dev)
	@$(ENGINE)

up: setup  ## deploy offline, after a preview; the state is kept in .rehearsal/ (STACK=dev)
	@$(ENGINE)

outputs: setup  ## what the deployed stack exports (STACK=dev)
	@$(ENGINE)

destroy: setup  ## delete what `up` has made (STACK=dev)
	@$(ENGINE)

rehearse: setup  ## preview, up, a second preview without change, destroy that leaves nothing (dev and prod, or STACK=)
	@$(ENGINE)

policy: setup  ## what the policy pack says, without an engine (all stacks, STACK= or FILE=; FORMAT=text, json, sarif, junit)
ifneq ($(FILE),)
	@$(PY) -m policy.pack '$(FILE)' --format $(FORMAT) $(if $(STATE),--state '$(STATE)')
else
	@set -e; for stack in $(or $(STACK),dev prod); do \
	  $(PY) -m devtools.recording.state "$$stack" | $(PY) -m policy.pack - --format $(FORMAT); done
endif

conformance: setup  ## every stack and variant judged by the real AWS provider, built once (for many minutes)
	@$(PY) -m devtools.conformance run

conformance-deploy: setup  ## what Moto holds of dev and prod, made in one account by the real AWS provider, looked at and destroyed (STACK=)
	@$(PY) -m devtools.conformance deploy $(STACK)

preflight: setup  ## whether a stack would come up in your AWS account, reading only (STACK=prod, WRITE=1, POLICY=1, FORMAT=json)
	@$(PY) -m account.preflight --stack '$(STACK)' --format '$(FORMAT)' --write '$(WRITE)' --policy '$(POLICY)'

before-destroy: setup  ## what AWS has made or stopped that pulumi destroy would fail for (STACK=dev; WRITE=1 does it)
	@$(PY) -m account.teardown --stack '$(STACK)' --write '$(WRITE)'

sale-plan: setup  ## when what is done for an event, and the margin of every link (STACK=prod EVENT=, NOW=)
	@$(PY) -m sale plan --stack '$(STACK)' --event '$(EVENT)' --now '$(NOW)'

sale-play: setup  ## an event in the simulation: scenarios side by side (STACK=prod EVENT=, SCENARIO=, NOW=)
	@$(PY) -m sale.simulation play --stack '$(STACK)' --event '$(EVENT)' --scenario '$(SCENARIO)' --now '$(NOW)'

sale-search: setup  ## the cheapest plan that keeps the SLO (STACK=prod EVENT=, SCENARIO= faults, WRITE=1, NOW=)
	@$(PY) -m sale.simulation search --stack '$(STACK)' --event '$(EVENT)' --scenario '$(SCENARIO)' --now '$(NOW)' --write '$(WRITE)'

sale-report: setup  ## an event on one page, build/sale-report-*.html, and as JSON (STACK=prod EVENT=, NOW=)
	@$(PY) -m sale.report --stack '$(STACK)' --event '$(EVENT)' --now '$(NOW)'

cost: setup  ## what a stack costs a month, and its events (STACK=prod, BASE=revision to compare with, JSON=file, NOW=)
	@$(PY) -m cost --stack '$(STACK)' --base '$(BASE)' --now '$(NOW)' $(if $(JSON),--json '$(JSON)')

prices: setup  ## refresh aws_facts/data/prices.json from AWS's price list, where there is a network (REGION=)
	@$(PY) -m devtools.price_list --region '$(REGION)'

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
	@go -C devtools/ci/actionlint tool actionlint -no-color -oneline -shellcheck= -pyflakes= $(abspath $(wildcard .github/workflows/*.yml))

bench: setup  ## the bounds, measured; medians of RUNS=5 into docs/benchmarks.md
	@$(PY) -m devtools.bench --runs $(RUNS)
