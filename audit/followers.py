"""Who above the trail follows what happens: called after the commit of an act, in the same process.

They are named here by the apps that follow, so that the trail knows none of these. A follower that
fails undoes nothing, and is called again by the next act alone: who must not miss one asks the trail.
"""

from collections.abc import Callable

from django.db import transaction

# Of the action's code, and of the departments that the act concerns.
Follower = Callable[[str, frozenset[int]], None]

_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    if follower not in _followers:
        _followers.append(follower)


def tell_on_commit(action: str, departments: frozenset[int]) -> None:
    for follower in _followers:
        _tell_on_commit(follower, action, departments)


def _tell_on_commit(follower: Follower, action: str, departments: frozenset[int]) -> None:
    # No `partial`: Django logs what failed by a name that it does not have, and fails over that.
    transaction.on_commit(lambda: follower(action, departments), robust=True)
