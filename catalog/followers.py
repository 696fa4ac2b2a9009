"""Who above the catalogue follows rows: tasks that are sent when a sync has committed other ones,
and tasks that are sent when indexes on them are others.

They are named here by the apps that carry them out, so that the catalogue knows none of these. Each
takes the key of the resource, and may be lost: who must not miss one asks the store again.
"""

TASKS: list[str] = []
OF_INDEXES: list[str] = []


def follow(task: str) -> None:
    if task not in TASKS:
        TASKS.append(task)


def follow_indexes(task: str) -> None:
    if task not in OF_INDEXES:
        OF_INDEXES.append(task)
