// Changes what a user has been given: his password, what he may do.
import type { Queryable } from '../db/pool.ts'
import type { Secret } from '../secret.ts'
import { hashPassword } from './password.ts'
import { updateUserPassword, updateUserPermissions } from './queries.ts'
import { checkPermissions, type Permission } from './user.ts'

/** The last password is refused within five seconds. */
export async function changePassword(db: Queryable, userId: string, password: Secret<string>): Promise<void> {
  await updateUserPassword(db, userId, await hashPassword(password))
}

/** He may do just this from now on, within five seconds. Throws `invalid_request` for unknown permissions. */
export async function setPermissions(db: Queryable, userId: string, permissions: readonly Permission[]): Promise<void> {
  checkPermissions(permissions)
  await updateUserPermissions(db, userId, permissions)
}
