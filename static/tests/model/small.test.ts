import { describe, expect, it } from 'vitest'

import { en } from '../../src/i18n/en'
import { explain } from '../../src/model/authErrors'
import { backoff, RoundTrip } from '../../src/model/backoff'
import { parseConfig, resolveSite } from '../../src/model/config'
import { idMaker } from '../../src/model/ids'
import { hueOf, initials } from '../../src/model/people'
import { parseFrame } from '../../src/model/protocol'

describe('backoff', () => {
  it('doubles from half a second up to half a minute, with full jitter', () => {
    expect([1, 2, 3, 4].map((n) => backoff(n, () => 1))).toEqual([500, 1000, 2000, 4000])
    expect(backoff(50, () => 1)).toBe(30_000)
    expect(backoff(3, () => 0)).toBe(0)
  })

  it('the reply timer is 4 x RTT within 2-6 s, longer with each attempt', () => {
    const trip = new RoundTrip()
    expect(trip.timeout(0)).toBe(6000)
    trip.sample(20)
    expect(trip.timeout(0)).toBe(2000)
    expect(trip.timeout(1)).toBe(3000)
    expect(trip.timeout(9)).toBe(6000)
    const slow = new RoundTrip()
    slow.sample(1000)
    expect(slow.timeout(0)).toBe(4000)
  })
})

describe('config', () => {
  const entry = { name: 'local', region: 'x', websocket: '/ws', cognito: '/cognito/', userPoolId: 'p', userPoolClientId: 'c' }

  it('resolves relative addresses against the page', () => {
    expect(resolveSite(entry, 'http://lab:8080/r/1')).toMatchObject({
      websocket: 'ws://lab:8080/ws',
      cognito: 'http://lab:8080/cognito/',
    })
    expect(resolveSite(entry, 'https://chat.lab/')).toMatchObject({
      websocket: 'wss://chat.lab/ws',
      cognito: 'https://chat.lab/cognito/',
    })
  })

  it('keeps absolute addresses', () => {
    const site = resolveSite({ ...entry, websocket: 'wss://ws.example.org/prod' }, 'https://chat.lab/')
    expect(site.websocket).toBe('wss://ws.example.org/prod')
  })

  it('refuses other schemes and incomplete files', () => {
    expect(() => resolveSite({ ...entry, mailbox: 'javascript:alert(1)' }, 'http://lab/')).toThrow('not a web address')
    expect(() => parseConfig({ sites: [] })).toThrow('no site')
    expect(() => parseConfig({ sites: [{ ...entry, cognito: 1 }] })).toThrow('cognito')
    expect(parseConfig({ sites: [entry] }).sites).toEqual([entry])
  })
})

it('ids grow even when the clock goes back', () => {
  let now = 1_750_000_000_000
  const next = idMaker(() => now, () => 0.5)
  const first = next()
  now -= 10_000
  const second = next()
  expect(first).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
  expect(second > first).toBe(true)
})

it('initials stand for first and last name', () => {
  expect(initials('Lan Thị Trần')).toBe('LT')
  expect(initials('minh')).toBe('M')
  expect(initials('  ')).toBe('?')
  expect(hueOf('abc')).toBe(hueOf('abc'))
})

describe('frames', () => {
  it.each(['not json', '1', 'null', '{"message":"Internal server error","connectionId":"x"}', '{"t":"unheard"}', '{"r":"1"}'])(
    '%s is noise',
    (text) => expect(parseFrame(text).is).toBe('noise'),
  )

  it('replies and pushes are told apart', () => {
    expect(parseFrame('{"r":"1","ok":true}').is).toBe('reply')
    expect(parseFrame('{"t":"log","rid":"x","p":"","items":[]}').is).toBe('push')
  })
})

describe('refusals of the sign-in service', () => {
  const refusal = (name: string, message: string) => explain(Object.assign(new Error(message), { name }), en.auth.errors)

  it("show the lab's own words under the address", () => {
    expect(refusal('UserLambdaValidationException', 'PreSignUp failed with error Only lab addresses may sign up.')).toEqual({
      field: 'email',
      text: 'Only lab addresses may sign up.',
    })
  })

  it('do not tell which of address and password is wrong', () => {
    expect(refusal('NotAuthorizedException', 'Incorrect username or password.').text).toBe(
      'The address or the password is not right.',
    )
  })

  it('say what the password lacks', () => {
    expect(refusal('InvalidPasswordException', 'Password did not conform with policy: Password not long enough')).toEqual({
      field: 'password',
      text: 'Password not long enough.',
    })
  })
})
