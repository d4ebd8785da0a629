"""CUSTOM_AUTH: three functions of the pool decide what has to be answered, and what is right.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-challenge.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cognito import passwords
from emulator.cognito.access import refuse_unusable
from emulator.cognito.attempt import Attempt
from emulator.cognito.completion import AUTHENTICATION, Completion, refuse_disabled
from emulator.cognito.errors import InvalidLambdaResponse, NotAuthorized, UserNotFound
from emulator.cognito.ghosts import Ghosts
from emulator.cognito.sessions import CustomChallenge, History, Sessions
from emulator.cognito.triggers import Occasion, Triggers
from emulator.cognito.user import Status, User, fold, names
from emulator.cognito.users import Users


DEFINE = "DefineAuthChallenge_Authentication"
CREATE = "CreateAuthChallenge_Authentication"
VERIFY = "VerifyAuthChallengeResponse_Authentication"
CHALLENGE = "CUSTOM_CHALLENGE"


@dataclass(frozen=True, slots=True)
class Decision:
    """What DefineAuthChallenge wants next: a challenge, or `None` for tokens."""

    challenge: str | None


@dataclass(frozen=True, slots=True)
class CustomAuth:
    """The loop of Define, Create and Verify."""

    users: Users
    ghosts: Ghosts
    triggers: Triggers
    sessions: Sessions
    completion: Completion

    async def go_on(self, attempt: Attempt, login: str, history: History) -> dict[str, Any]:
        """Ask what comes next, and do it."""
        return await self.follow(
            attempt, login, history, await self.decide(attempt, login, history)
        )

    async def follow(
        self, attempt: Attempt, login: str, history: History, decision: Decision
    ) -> dict[str, Any]:
        """Tokens or a custom challenge."""
        user, exists = await self._user(attempt, login)
        if decision.challenge is None:
            if not exists:
                raise NotAuthorized
            return await self.completion.sign_in(attempt, user, AUTHENTICATION)
        if decision.challenge != CHALLENGE:
            raise InvalidLambdaResponse
        return await self._create(attempt, user, login, history)

    async def decide(self, attempt: Attempt, login: str, history: History) -> Decision:
        """DefineAuthChallenge. Raises `NotAuthorized` where it lets nobody in."""
        user, exists = await self._user(attempt, login)
        request = {"session": list(history), "userNotFound": not exists}
        occasion = Occasion(DEFINE, attempt.client.id, attempt.metadata)
        answer = await self.triggers.challenge(attempt.pool, user, occasion, request)
        if answer.get("failAuthentication"):
            raise NotAuthorized
        if answer.get("issueTokens"):
            return Decision(None)
        name = answer.get("challengeName")
        if not isinstance(name, str):
            raise InvalidLambdaResponse
        return Decision(name)

    async def respond(self, attempt: Attempt) -> dict[str, Any]:
        """The answer to a custom challenge; right or wrong, Define hears of it."""
        username, answer = attempt.needed("USERNAME"), attempt.needed("ANSWER")
        attempt.check_secret(username)
        challenge = self.sessions.of(attempt, CustomChallenge)
        user, exists = await self._user(attempt, challenge.login)
        known = {fold(attempt.pool, challenge.login), *names(attempt.pool, user)}
        if fold(attempt.pool, username) not in known:
            raise NotAuthorized("Invalid session for the user.")
        self.sessions.take(attempt.session, CustomChallenge)
        request = {
            "privateChallengeParameters": dict(challenge.answer),
            "challengeAnswer": answer,
            "userNotFound": not exists,
        }
        occasion = Occasion(VERIFY, attempt.client.id, attempt.metadata)
        verdict = await self.triggers.challenge(attempt.pool, user, occasion, request)
        result = passed(CHALLENGE, verdict.get("answerCorrect") is True, challenge.metadata)
        return await self.go_on(attempt, challenge.login, (*challenge.history, result))

    async def _create(
        self, attempt: Attempt, user: User, login: str, history: History
    ) -> dict[str, Any]:
        request = {"challengeName": CHALLENGE, "session": list(history)}
        occasion = Occasion(CREATE, attempt.client.id, attempt.metadata)
        answer = await self.triggers.challenge(attempt.pool, user, occasion, request)
        public = _texts(answer.get("publicChallengeParameters"))
        challenge = CustomChallenge(
            attempt.pool.id,
            attempt.client.id,
            user.sub,
            login,
            history,
            _texts(answer.get("privateChallengeParameters")),
            answer.get("challengeMetadata"),
        )
        return {
            "ChallengeName": CHALLENGE,
            "ChallengeParameters": {"USERNAME": user.username, **public},
            "Session": self.sessions.open(attempt.client, challenge),
        }

    async def _user(self, attempt: Attempt, login: str) -> tuple[User, bool]:
        """The user, or somebody who looks like one, and which of the two."""
        pool = attempt.pool
        user = await self.users.by_login(pool, login) or await self.users.by_sub(pool, login)
        if user is not None:
            refuse_unusable(user)
            refuse_disabled(user)
            return user, True
        if not attempt.client.prevent_user_existence_errors:
            raise UserNotFound
        ghost = self.ghosts.appear(pool, login)
        nobody = User(
            pool_id=pool.id,
            sub=ghost.user_id,
            username=ghost.user_id,
            status=Status.CONFIRMED,
            attributes={},
            password=passwords.NONE,
            password_set=0,
            created=0,
            modified=0,
        )
        return nobody, False


def passed(name: str, result: bool = True, metadata: str | None = None) -> Mapping[str, Any]:
    """One entry of the history."""
    return {"challengeName": name, "challengeResult": result, "challengeMetadata": metadata}


def _texts(found: Any) -> dict[str, str]:
    """A map of texts, as both kinds of parameters are."""
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise InvalidLambdaResponse
    return found
