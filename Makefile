# Short names for dev.py, which does the work. ARGS go along: make test ARGS="-k hub"
PYTHON ?= python3

.PHONY: run test setup bench soak clients languages manual docs lock package fresh help

run test setup bench soak clients languages manual docs lock package fresh help:
	$(PYTHON) dev.py $@ $(ARGS)

.DEFAULT_GOAL := help
