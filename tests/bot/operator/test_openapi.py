"""`devmetrics openapi`"""

import json

import typer
from typer.testing import CliRunner

from bot.api.openapi import document
from bot.operator import openapi


def test_it_prints_the_document_and_needs_nothing() -> None:
    app = typer.Typer()
    openapi.register(app)
    result = CliRunner().invoke(app, [])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == document()
