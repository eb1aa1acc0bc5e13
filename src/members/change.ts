// What an operator changes about a member: its key, its tokens, whether it may call, its settings.
import { after, type BusinessClock, DAY_MS } from '../clock.ts'
import type { Secret } from '../secret.ts'
import type { Directory, DirectoryDeps } from './directory.ts'
import { checkMemberSettings, type Member, type MemberSettings } from './member.ts'
import {
  updateMemberActive,
  updateMemberKey,
  updateMemberPreviousKeyEnded,
  updateMemberSettings,
  updateMemberTokensRevoked,
  updatePartnerKey,
} from './queries.ts'
import { newSecureKey, sealSecureKey } from './secure-keys.ts'

export interface ChangeDeps extends DirectoryDeps {
  readonly directory: Pick<Directory, 'forget'>
  readonly clock: BusinessClock
}

/** How long the key before the current one still works. */
export const PREVIOUS_KEY_LIFE_MS = 7 * DAY_MS

/**
 * Gives a member a new secure key, to be shown once. The one before works for seven days more, or until `endPreviousKey`; a
 * still earlier one ends now. Every token is revoked.
 */
export async function rotateMemberKey(deps: ChangeDeps, memberId: string): Promise<Secret<string>> {
  const key = newSecureKey()
  const sealedKey = sealSecureKey(deps.vault, { kind: 'member', id: memberId }, key)
  const previousKeyEndsAt = after(await deps.clock.now(), PREVIOUS_KEY_LIFE_MS)
  await updateMemberKey(deps.db, { id: memberId, sealedKey, previousKeyEndsAt })
  deps.directory.forget()
  return key
}

/** Ends the key before the current one at once: for a key that leaked. Every token is revoked. */
export async function endPreviousKey(deps: ChangeDeps, memberId: string): Promise<void> {
  await updateMemberPreviousKeyEnded(deps.db, memberId)
  deps.directory.forget()
}

/** Gives a partner a new secure key, to be shown once, in the place of its current one. Every token of it is revoked. */
export async function rotatePartnerKey(deps: ChangeDeps, partnerId: string): Promise<Secret<string>> {
  const key = newSecureKey()
  await updatePartnerKey(deps.db, partnerId, sealSecureKey(deps.vault, { kind: 'partner', id: partnerId }, key))
  deps.directory.forget()
  return key
}

/** Revokes every token of a member. */
export async function revokeTokens(deps: ChangeDeps, memberId: string): Promise<void> {
  await updateMemberTokensRevoked(deps.db, memberId)
  deps.directory.forget()
}

/** Lets a member call, or not. */
export async function setMemberActive(deps: ChangeDeps, memberId: string, isActive: boolean): Promise<void> {
  await updateMemberActive(deps.db, memberId, isActive)
  deps.directory.forget()
}

/** Changes some of a member's settings. Throws a database error when nothing would prove its requests any more. */
export async function changeMemberSettings(
  deps: ChangeDeps,
  member: Pick<Member, 'memberId'> & MemberSettings,
  changes: Partial<MemberSettings>,
): Promise<void> {
  checkMemberSettings(changes)
  await updateMemberSettings(deps.db, member.memberId, { ...member, ...changes })
  deps.directory.forget()
}
