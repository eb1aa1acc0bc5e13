// The SQL of clients: businesses that have cards issued to their cardholders.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'

export interface Client {
  readonly id: string
  readonly name: string
  readonly createdAt: Date
}

/** Adds a client, created at the database's time. */
export async function insertClient(db: Queryable, { id, name }: Omit<Client, 'createdAt'>): Promise<void> {
  await db.query(
    `insert into clients (shard, id, name, created_at)
     values ($1, $2, $3, now())`,
    [SHARD, id, name],
  )
}

/** The client with this id. */
export async function findClient(db: Queryable, id: string): Promise<Client | undefined> {
  const { rows } = await db.query<Client>(
    `select id, name, created_at as "createdAt"
       from clients
      where shard = $1
        and id = $2`,
    [SHARD, id],
  )
  return rows[0]
}
