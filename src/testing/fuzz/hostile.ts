import fc, { type Arbitrary } from 'fast-check'

const among = (line: string): string[] => line.split(' ')

const injected = 'x\r\nX-Injected: 1\r\nSet-Cookie: injected=1'

/** Texts that have made programs fail, by kind. */
const kinds: string[][] = [
  // Texts that PostgreSQL does not store, or stores changed.
  among('\0 a\0b \ud800 a\udfffb \ud83d'),
  among('\0 \ud800 \uffff \ufffd \x7f'),
  ['', ' ', '\t', '\u00a0', '\u2028', '\u0085', '\ufeff', '\n', '\r', 'a\nb'],
  among('\u202eevil\u202c \u2067\u200f\u05d0\u0628 e\u0301\u0301 \u{1f469}\u200d\u{1f469}\u200d\u{1f467} \u0130\u00df'),
  among('__proto__ constructor prototype toString hasOwnProperty null undefined NaN true'),
  [
    "'",
    '"',
    '\\',
    '\\x00',
    "' or '1'='1",
    "'; drop table tickets; --",
    '$1',
    '%',
    '_%',
    "x' || pg_sleep(9) || '",
    '(&|!):*',
  ],
  [injected, encodeURIComponent(injected), 'x\nX-Injected: 1', 'x\rX-Injected: 1'],
  among('../../etc/passwd .. . %2e%2e%2f %c0%ae %zz %00 %'),
  among('<script>alert(1)</script> {{7*7}} =1+1 http://127.0.0.1:1/'),
  [...among('-1 0 00 1e309 0x10 2147483648 9007199254740993'), '9'.repeat(30), '9'.repeat(400)],
  ['a@b', 'a@b@c.de', '"a b"@example.com', 'a@example.com\nbcc: x@example.com', `${'a'.repeat(65)}@example.com`],
  among('CUS0000 TKT00001 TEC9999999999999999 tkt0001 00000000-0000-0000-0000-000000000000 new,,closed'),
  among('2026-02-30 0000-01-01 9999-12-31T23:59:59.999-23:59 2026-01-01T00:00:00.000000000001Z'),
]

export const hostileTexts: string[] = kinds.flat()

/** Hostile texts; all kinds are equally frequent. */
export const hostileText: Arbitrary<string> = fc.oneof(
  ...kinds.map((texts) => fc.constantFrom(...texts)),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
