"""Several changes that happen together or not at all."""

from typing import Any

from salesforce_functions.data_api._answer import Answer, composite_answers, unexpected
from salesforce_functions.data_api._change import (
    Change,
    RecordId,
    creation,
    deletion,
    modification,
)
from salesforce_functions.data_api.exceptions import (
    InnerSalesforceRestApiError,
    SalesforceRestApiError,
)
from salesforce_functions.data_api.record import Record
from salesforce_functions.data_api.reference_id import ReferenceId

__all__ = ["UnitOfWork"]


class UnitOfWork:
    """Changes to be made in order, in one request and one transaction.

    Each ``register_...`` returns a `ReferenceId`, which stands for the id of its record in later
    steps and is the key of that id in what ``commit_unit_of_work`` returns. What is registered is
    the record as it is at that moment.

    Example:
        ::

            unit = UnitOfWork()
            account = unit.register_create(Record(type="Account", fields={"Name": "Acme"}))
            unit.register_create(
                Record(type="Contact", fields={"LastName": "Lovelace", "AccountId": account})
            )
            ids = await context.org.data_api.commit_unit_of_work(unit)
    """

    def __init__(self) -> None:
        self._changes: dict[ReferenceId, Change] = {}

    def register_create(self, record: Record) -> ReferenceId:
        """Have a record created."""
        return self._register(creation(record))

    def register_update(self, record: Record) -> ReferenceId:
        """Have a record updated: the one that its field ``Id`` names, which may be a `ReferenceId`.

        Raises:
            MissingFieldError: The record has no ``Id``.
        """
        return self._register(modification(record))

    def register_delete(self, object_type: str, record_id: RecordId) -> ReferenceId:
        """Have a record deleted.

        Args:
            object_type: The API name of its object.
            record_id: Its id, or the `ReferenceId` of an earlier step.
        """
        return self._register(deletion(object_type, record_id))

    def _register(self, change: Change) -> ReferenceId:
        reference_id = ReferenceId(id=f"referenceId{len(self._changes)}")
        self._changes[reference_id] = change
        return reference_id

    def _body(self, api_version: str) -> dict[str, Any]:
        """Return the request that commits it."""
        steps = [
            change.as_step(reference_id, api_version)
            for reference_id, change in self._changes.items()
        ]
        return {"graphs": [{"graphId": "graph0", "compositeRequest": steps}]}

    def _read(self, answer: Answer) -> dict[ReferenceId, str]:
        """Return the ids of the records.

        Raises:
            SalesforceRestApiError: With the reasons of all steps.
            UnexpectedRestApiResponsePayload: That is no answer to this.
        """
        answers = composite_answers(answer)
        ids: dict[ReferenceId, str] = {}
        errors: list[InnerSalesforceRestApiError] = []
        for reference_id, change in self._changes.items():
            step = answers.get(reference_id.id) or unexpected()
            try:
                ids[reference_id] = change.read(step, ids)
            except SalesforceRestApiError as error:
                errors += error.api_errors
        if errors:
            raise SalesforceRestApiError(errors)
        return ids
