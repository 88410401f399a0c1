"""What every table shares: naming of constraints, column types, and the two kinds of id."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, MetaData, Text, func, text
from sqlalchemy.orm import DeclarativeBase, mapped_column


class Base(DeclarativeBase):
    """All tables. Times are timezone-aware UTC; text is unbounded unless the data model says otherwise."""

    # Constraints need names that Alembic can drop again.
    # https://alembic.sqlalchemy.org/en/latest/naming.html
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: DateTime(timezone=True), str: Text()}  # noqa: RUF012 (SQLAlchemy's form)


Id = Annotated[UUID, mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))]
CreatedAt = Annotated[datetime, mapped_column(server_default=func.now())]
OrganizationId = Annotated[UUID, mapped_column(ForeignKey("organizations.id"))]
RepositoryId = Annotated[UUID, mapped_column(ForeignKey("repositories.id"))]
# Part of the primary key of everything that belongs to one repository.
RepositoryKey = Annotated[UUID, mapped_column(ForeignKey("repositories.id"), primary_key=True)]
