import { expect } from 'chai'
import { editsOf, mutated } from './operators.ts'
import { testsOf } from './ranking.ts'
import { tokensOf } from './tokens.ts'
import { verdictOf } from './workplace.ts'

const words = (source: string): string[] => tokensOf(source).map(({ text }) => text)

const inFunction = (body: string): string => `contract C { function f() public { ${body} } }`

/** What `body` becomes by each edit of `operator`. */
function made(operator: string, body: string): string[] {
  const source = inFunction(body)
  const [before = '', after = ''] = inFunction('\0').split('\0')
  return editsOf(source)
    .filter((edit) => edit.operator === operator)
    .map((edit) => mutated(source, edit).slice(before.length, -after.length))
}

describe('the tokeniser of mutants', () => {
  it('passes over comments, NatSpec, pragmas and imports', () => {
    const source = `// a < b
      pragma solidity 0.8.37; import {A} from "./A.sol";
      /// @dev x + y
      /* i == 0 */ uint256 x;`
    expect(words(source)).deep.equal(['uint256', 'x', ';'])
  })

  it('keeps a string as one token, whatever stands in it', () => {
    expect(words(String.raw`f("a \" + // b", hex'00')`)).deep.equal([
      'f',
      '(',
      String.raw`"a \" + // b"`,
      ',',
      "hex'00'",
      ')',
    ])
  })

  it('passes over assembly, with the blocks in it', () => {
    const source = inFunction('assembly ("memory-safe") { if lt(a, 1) { a := 2 } } b = 3;')
    expect(words(source).slice(-6)).deep.equal(['b', '=', '3', ';', '}', '}'])
  })

  it('takes the longest sign', () => {
    expect(words('a >>= 1 << 2 <= b ++ != -c')).deep.equal('a,>>=,1,<<,2,<=,b,++,!=,-,c'.split(','))
  })

  it('knows the bodies of functions from declarations', () => {
    const source =
      'contract C { uint256 a = 1; struct S { uint256 b; } function f() { c; } int d; }'
    const code = tokensOf(source).filter(({ isCode }) => isCode)
    expect(code.map(({ text }) => text)).deep.equal(['c', ';'])
  })

  it('refuses what no token begins with', () => {
    expect(() => tokensOf('a "b')).throw('offset 2')
  })
})

describe('the operators of mutants', () => {
  it('swap each relation for its neighbour', () => {
    expect(made('relation', 'x = a < b && c;')).deep.equal(['x = a <= b && c;', 'x = a < b || c;'])
  })

  it('swap operations, but leave the sign of an operand', () => {
    expect(made('arithmetic', 'x = a + -b;')).deep.equal(['x = a - -b;'])
    expect(made('arithmetic', 'return -b;')).deep.equal([])
    expect(made('arithmetic', 'x += y << 8;')).deep.equal(['x -= y << 8;', 'x += y >> 8;'])
  })

  it('leave a negation out', () => {
    expect(made('negation', 'x = !a != b;')).deep.equal(['x = a != b;'])
  })

  it('move a constant by one, in declarations too', () => {
    expect(made('constant', 'x = 1_000;')).deep.equal(['x = 1001;', 'x = 999;'])
    expect(made('constant', 'x = 0;')).deep.equal(['x = 1;'])
    expect(made('constant', 'x = true;')).deep.equal(['x = false;'])
    expect(editsOf('library L { uint256 constant A = 7; }')).lengthOf(2)
  })

  it('take left for right within names', () => {
    expect(made('side', 'x = pair.left + toRight;')).deep.equal([
      'x = pair.right + toRight;',
      'x = pair.left + toLeft;',
    ])
    expect(made('side', 'x = bright;')).deep.equal([])
  })

  it('negate a condition, and make it never true', () => {
    expect(made('condition', 'if (f(a)) return b;')).deep.equal([
      'if (!(f(a))) return b;',
      'if (false && (f(a))) return b;',
    ])
  })

  it('leave out statements of every form, but no declaration and no return', () => {
    expect(made('statement', 'emit E(a); delete b; ++c; g(); d.e = 1; (h, ) = i();')).deep.equal([
      '{} delete b; ++c; g(); d.e = 1; (h, ) = i();',
      'emit E(a); {} ++c; g(); d.e = 1; (h, ) = i();',
      'emit E(a); delete b; {} g(); d.e = 1; (h, ) = i();',
      'emit E(a); delete b; ++c; {} d.e = 1; (h, ) = i();',
      'emit E(a); delete b; ++c; g(); {} (h, ) = i();',
      'emit E(a); delete b; ++c; g(); d.e = 1; {}',
    ])
    expect(made('statement', 'uint256 a = 1; (bool b, int c) = f(); return d;')).deep.equal([])
    expect(made('statement', 'int[] memory a = f();')).deep.equal([])
  })

  it('leave out a branch, and nothing of the head of a loop', () => {
    expect(made('statement', 'if (a) b = 1; else c();')).deep.equal([
      'if (a) {} else c();',
      'if (a) b = 1; else {}',
    ])
    expect(made('statement', 'for (uint i; i < n; ++i) a[i] = S({b: 1});')).deep.equal([
      'for (uint i; i < n; ++i) {}',
    ])
  })

  it('take the check off arithmetic', () => {
    expect(made('unchecked', 'a -= b; c = d;')).deep.equal(['unchecked { a -= b; } c = d;'])
  })
})

describe('the tests of a mutant', () => {
  const sources = new Map([
    ['contracts/Exits.sol', ''],
    ['contracts/Other.sol', ''],
    ['contracts/Depository.sol', 'import {Exits} from "./Exits.sol";'],
    ['test/contracts/A.t.sol', 'import {D} from "../../contracts/Depository.sol"; // exit'],
    ['test/contracts/B.t.sol', 'import {D} from "../../contracts/Depository.sol"; // exit Exit'],
    ['test/contracts/Depository.exit.t.sol', 'import {D} from "../../contracts/Depository.sol";'],
    ['test/contracts/Other.t.sol', 'import {Other} from "../../contracts/Other.sol"; // exit'],
  ])

  it('are those whose imports reach the file, the one of its name first', () => {
    expect(testsOf('contracts/Exits.sol', sources)).deep.equal([
      'test/contracts/Depository.exit.t.sol',
      'test/contracts/B.t.sol',
      'test/contracts/A.t.sol',
    ])
  })
})

describe('the verdict on a mutant', () => {
  it('names the first test that failed', () => {
    const said = '    ✔ test_a()\n    1) test_b()\n    2) test_c()\n'
    expect(verdictOf(null, said)).deep.equal({ type: 'killed', by: 'test_b()' })
  })

  it('is a death by time when the tests never end', () => {
    expect(verdictOf(null, '    ✔ test_a()\n')).deep.equal({ type: 'killed', by: 'time' })
  })

  it('is a survival only when tests passed', () => {
    expect(verdictOf(0, '  9 passing\n')).deep.equal({ type: 'survived' })
    expect(verdictOf(0, '').type).equal('uncompiled')
  })

  it('is none when the compiler refuses', () => {
    const said = 'Compilation failed\nWarningIsError: Unused local variable.\n  --> a.sol:1\n'
    const why = 'WarningIsError: Unused local variable.'
    expect(verdictOf(1, said)).deep.equal({ type: 'uncompiled', why })
  })
})
