import { FAULT, INTERNAL, isRefusalNumber, refusalNumberOf } from '@xln/shared/api/errors.ts'
import * as fields from '@xln/shared/api/fields.ts'
import { isKeyed, isLevelEnough, levels } from '@xln/shared/api/method.ts'
import {
  type Converted,
  describeJson,
  fromJson,
  type Schema,
  toJson,
} from '@xln/shared/api/schema.ts'
import { api, methodNames, methodOf } from '@xln/shared/api.ts'
import { expect } from 'chai'
import fc from 'fast-check'

/** What was converted; throws when it is invalid. */
function whole<T>({ value, invalid }: Converted<T>): T {
  if (invalid !== undefined) throw new Error(`${invalid.where}: ${invalid.reason}`)
  return value as T
}

/** Into the code's form and back. */
function twice<T>(schema: Schema<T>, json: unknown): unknown {
  return whole(toJson(schema, whole(fromJson(schema, json))))
}

describe('the table of the API', () => {
  for (const name of methodNames) {
    const method = methodOf(name)
    if (method === undefined) throw new Error(name)

    it(`has an example of ${name} that is what it says, both ways`, () => {
      const { params, result } = method.example
      expect(twice(method.params, params)).to.deep.equal(params)
      expect(twice(method.result, result)).to.deep.equal(result)
    })

    it(`lets ${name} take a key exactly if it changes something`, () => {
      const changes = method.level !== 'read' && !/wallet|connect|quarantined/.test(name)
      expect(isKeyed(method)).to.equal(changes)
    })

    it(`refuses a parameter of ${name} that it does not know`, () => {
      const params = { ...method.example.params, unknown: 1 }
      expect(fromJson(method.params, params).invalid).to.be.an('object')
    })

    it(`describes ${name} for a reference`, () => {
      expect(method.summary).to.match(/^[A-Z].*\.$/)
      expect(describeJson(method.params)).to.have.property('type', 'object')
      expect(describeJson(method.result)).to.be.an('object')
    })
  }

  it('has only methods whose name has a family, but for subscriptions', () => {
    for (const name of methodNames) {
      expect(name).to.match(
        /^((server|entity|channel|payment|invoice|depository|peer)\.[a-zA-Z]+|(un)?subscribe)$/,
      )
    }
  })

  it('knows no method by the names that every object has', () => {
    for (const name of ['toString', '__proto__', 'constructor', '']) {
      expect(methodOf(name)).to.equal(undefined)
    }
  })

  it('hides what a result does not name', () => {
    const schema = api['invoice.get'].result as unknown as Schema<object>
    const value = whole(fromJson(schema, api['invoice.get'].example.result))
    expect(whole(toJson(schema, { ...value, secret: '0x1' }))).to.not.have.property('secret')
  })
})

describe('levels', () => {
  it('are enough for themselves and for what is below', () => {
    expect(levels.map((has) => levels.map((needs) => isLevelEnough(has, needs)))).to.deep.equal([
      [true, false, false, false],
      [true, true, false, false],
      [true, true, true, false],
      [true, true, true, true],
    ])
  })
})

describe('the numbers of errors', () => {
  it('tell refusals from faults', () => {
    for (const name of methodNames) expect(isRefusalNumber(refusalNumberOf(name))).to.equal(true)
    expect([FAULT, INTERNAL, -32_600, 0].map(isRefusalNumber)).to.deep.equal([
      false,
      false,
      false,
      false,
    ])
  })
})

describe('the values of the API', () => {
  const both = <T>(schema: Schema<T>, value: T) =>
    whole(fromJson(schema, whole(toJson(schema, value))))

  it('survive their way through JSON', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (value) => {
        expect(both(fields.chainAmount, value)).to.equal(value)
      }),
    )
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 255n), max: 2n ** 255n - 1n }), (value) => {
        expect(both(fields.signedAmount, value)).to.equal(value)
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (value) => {
        expect(both(fields.bytes(40), value)).to.deep.equal(value)
      }),
    )
  })

  it('are refused out of their range', () => {
    const refuses = (schema: Schema<unknown>, json: unknown) =>
      expect(fromJson(schema, json).invalid, String(json)).to.be.an('object')
    refuses(fields.amount, (2n ** 128n).toString())
    refuses(fields.chainAmount, (2n ** 256n).toString())
    refuses(fields.counter, (2n ** 64n).toString())
    refuses(fields.signedAmount, (2n ** 255n).toString())
    refuses(fields.signedAmount, '-0')
    refuses(fields.bytes(2), '0x010203')
    refuses(fields.bytes(2), '0x1')
    refuses(fields.bytes(2), '0xAB')
    refuses(fields.entityId, `0x${'A1'.repeat(32)}`)
    refuses(fields.entityId, `0x${'a1'.repeat(31)}`)
    refuses(fields.time, -1)
    refuses(fields.time, 1.5)
    refuses(fields.key, '')
    refuses(fields.key, 'a b')
    refuses(fields.key, 'x'.repeat(65))
  })

  it('take an address with the letters of its checksum', () => {
    const mixed = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48'
    expect(whole(fromJson(fields.address, mixed))).to.equal(mixed.toLowerCase())
  })
})
