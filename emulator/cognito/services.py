"""The services that operations are made of, built once."""

from dataclasses import dataclass
from pathlib import Path

from emulator.clock import Clock, Entropy
from emulator.cognito.access import Access
from emulator.cognito.codes import Codes
from emulator.cognito.completion import Completion
from emulator.cognito.delivery import Delivery
from emulator.cognito.facts import Facts
from emulator.cognito.ghosts import Ghosts
from emulator.cognito.keys import PoolKeys
from emulator.cognito.lockout import Lockout
from emulator.cognito.mailbox import Mailbox
from emulator.cognito.pools import Pools
from emulator.cognito.refreshing import Refreshing
from emulator.cognito.sessions import NewPasswordChallenge, PasswordChallenge, Sessions
from emulator.cognito.sign_ins import SignIns
from emulator.cognito.store import Store
from emulator.cognito.tokens import Tokens
from emulator.cognito.triggers import Triggers
from emulator.cognito.users import Users
from emulator.runtime.invoker import Invoker
from emulator.template.model import Stack


@dataclass(frozen=True, slots=True)
class Environment:
    """What the endpoint gets from outside."""

    stack: Stack
    directory: Path
    """Where `cognito.db` and the keys live."""
    clock: Clock
    entropy: Entropy
    invoker: Invoker


@dataclass(frozen=True, slots=True)
class Services:
    """One of each."""

    clock: Clock
    entropy: Entropy
    pools: Pools
    store: Store
    facts: Facts
    users: Users
    codes: Codes
    mailbox: Mailbox
    delivery: Delivery
    sign_ins: SignIns
    tokens: Tokens
    access: Access
    refreshing: Refreshing
    triggers: Triggers
    ghosts: Ghosts
    lockout: Lockout
    exchanges: Sessions[PasswordChallenge]
    new_passwords: Sessions[NewPasswordChallenge]
    completion: Completion


async def build(env: Environment, store: Store, keys: dict[str, PoolKeys]) -> Services:
    """Wire them up; the facts are read from the store."""
    clock, entropy = env.clock, env.entropy
    pools = Pools(env.stack)
    facts = await Facts.load(store, pools.all(), clock, entropy)
    users = Users(store, clock)
    codes = Codes(store, clock, entropy)
    mailbox = Mailbox(store, clock)
    sign_ins = SignIns(store, clock, entropy)
    await sign_ins.forget_old()
    tokens = Tokens(keys, clock, entropy)
    new_passwords: Sessions[NewPasswordChallenge] = Sessions(clock)
    return Services(
        clock=clock,
        entropy=entropy,
        pools=pools,
        store=store,
        facts=facts,
        users=users,
        codes=codes,
        mailbox=mailbox,
        delivery=Delivery(codes, mailbox),
        sign_ins=sign_ins,
        tokens=tokens,
        access=Access(pools, tokens, users, sign_ins, clock),
        refreshing=Refreshing(store, users, sign_ins, clock),
        triggers=Triggers(env.invoker),
        ghosts=Ghosts(facts.secret),
        lockout=Lockout(clock),
        exchanges=Sessions(clock),
        new_passwords=new_passwords,
        completion=Completion(tokens, sign_ins, new_passwords, clock, entropy),
    )
