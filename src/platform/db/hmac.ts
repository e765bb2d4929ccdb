import { type Sql, sql } from './sql.ts'

/** How many bytes SHA-256 reads at once. A key is filled up with zeros to that length. */
const blockBytes = 64

/**
 * The HMAC-SHA-256 of a text in SQL, as `bytea` (RFC 2104, 2). PostgreSQL has SHA-256, but no HMAC without an
 * extension. The key has at most 64 bytes.
 */
export const hmacInSql = (key: Buffer, text: Sql): Sql => {
  const padded = (byte: number): Buffer => {
    const block = Buffer.alloc(blockBytes)
    key.copy(block)
    return Buffer.from(block.map((one) => one ^ byte))
  }
  return sql`sha256(${padded(0x5c)}::bytea || sha256(${padded(0x36)}::bytea || convert_to(${text}, 'UTF8')))`
}
