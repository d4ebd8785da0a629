"""The services that operations are made of, built once."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from emulator.clock import Clock, Entropy
from emulator.cognito.access import Access
from emulator.cognito.codes import Codes
from emulator.cognito.completion import Completion
from emulator.cognito.delivery import Delivery
from emulator.cognito.facts import Facts
from emulator.cognito.ghosts import Ghosts
from emulator.cognito.groups import Groups
from emulator.cognito.keys import Keys
from emulator.cognito.limits import Limits
from emulator.cognito.lockout import Lockout
from emulator.cognito.made_pools import MadePools
from emulator.cognito.mailbox import Mailbox
from emulator.cognito.pools import Entry, Pools
from emulator.cognito.refreshing import Refreshing
from emulator.cognito.sessions import Sessions
from emulator.cognito.sign_ins import SignIns
from emulator.cognito.software_tokens import SoftwareTokens
from emulator.cognito.store import Store
from emulator.cognito.tokens import Tokens
from emulator.cognito.triggers import Triggers
from emulator.cognito.users import Users
from emulator.cognito.vault import Vault
from emulator.runtime.invoker import Invoker
from emulator.settings import RelaySettings
from emulator.template.model import Stack
from emulator.template.physical import Place


@dataclass(frozen=True, slots=True)
class Environment:
    """What the endpoint gets from outside."""

    stack: Stack
    directory: Path
    """Where `cognito.db` and the keys live."""
    clock: Clock
    entropy: Entropy
    invoker: Invoker
    relay: RelaySettings | None = None
    """Where mail is handed on to; without one it stays in the local mailbox."""


@dataclass(frozen=True, slots=True)
class Services:
    """One of each."""

    clock: Clock
    entropy: Entropy
    pools: Pools
    made_pools: MadePools
    keys: Keys
    store: Store
    users: Users
    groups: Groups
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
    limits: Limits
    sessions: Sessions
    software_tokens: SoftwareTokens
    completion: Completion


async def build(env: Environment, store: Store, keys: Keys, vault: Vault) -> Services:
    """Wire them up; what the store knows of earlier runs is read."""
    clock, entropy = env.clock, env.entropy
    facts = await Facts.load(store, env.stack.user_pools, clock, entropy)
    pools = _declared(env.stack, facts)
    seed = facts.secret.hex()
    place = Place(env.stack.name, env.stack.region, env.stack.account_id, seed)
    made_pools = MadePools(store, pools, keys, place, (clock, entropy))
    await made_pools.load()
    await asyncio.to_thread(keys.load, [pool.id for pool in pools.all()])
    users, groups = Users(store, clock), Groups(store, clock)
    await groups.declare(env.stack.user_pool_groups)
    codes = Codes(store, vault, clock, entropy)
    mailbox = Mailbox(store, vault, clock, relayed=env.relay is not None)
    triggers = Triggers(env.invoker)
    sign_ins = SignIns(store, clock, entropy)
    await sign_ins.forget_old()
    tokens = Tokens(keys, clock, entropy)
    lockout = Lockout(clock)
    sessions = Sessions(clock, entropy)
    software_tokens = SoftwareTokens(store, vault, lockout, clock, entropy)
    return Services(
        clock=clock,
        entropy=entropy,
        pools=pools,
        made_pools=made_pools,
        keys=keys,
        store=store,
        users=users,
        groups=groups,
        codes=codes,
        mailbox=mailbox,
        delivery=Delivery(codes, mailbox, triggers),
        sign_ins=sign_ins,
        tokens=tokens,
        access=Access(pools, tokens, users, sign_ins, clock),
        refreshing=Refreshing(store, users, sign_ins, clock),
        triggers=triggers,
        ghosts=Ghosts(facts.secret),
        lockout=lockout,
        limits=Limits(clock),
        sessions=sessions,
        software_tokens=software_tokens,
        completion=Completion(tokens, sign_ins, sessions, software_tokens, groups, triggers, clock),
    )


def _declared(stack: Stack, facts: Facts) -> Pools:
    """The template's pools and clients."""
    pools = Pools(stack)
    for pool in stack.user_pools:
        seen = facts.first_seen(pool.id)
        pools.put(Entry(pool, seen, seen))
    for client in stack.user_pool_clients:
        seen = facts.first_seen(client.pool_id)
        pools.put_client(Entry(client, seen, seen))
    return pools
