// Makes partners and members, each with a secure key that is shown once.
import { randomInt } from 'node:crypto'
import { newId } from '../ids.ts'
import type { Secret } from '../secret.ts'
import type { DirectoryDeps } from './directory.ts'
import { checkMemberSettings, DEFAULT_MEMBER_SETTINGS, type MemberSettings } from './member.ts'
import { insertMember, insertPartner, type NewPartner } from './queries.ts'
import { type KeyOwner, newSecureKey, sealSecureKey } from './secure-keys.ts'

/** What the owner is given, once. */
export interface Enrolled {
  readonly id: string
  /** `memberId` or `partnerId` on the wire. */
  readonly number: string
  readonly username: string
  readonly secureKey: Secret<string>
}

export interface CreatePartnerRequest {
  readonly username: string
  /** Chosen at random when absent. */
  readonly number?: bigint
}

/** Makes a partner. Throws a database error when its username or number is taken. */
export const createPartner = (deps: DirectoryDeps, request: CreatePartnerRequest): Promise<Enrolled> =>
  enrol(deps, 'partner', request, (row) => insertPartner(deps.db, row))

export interface CreateMemberRequest extends CreatePartnerRequest {
  readonly merchantId: string
  /** The partner's id, not its number. */
  readonly partnerId: string
  readonly settings?: Partial<MemberSettings>
}

/** Makes the member that a merchant is. Throws a database error when it is one already, or its username is taken. */
export async function createMember(deps: DirectoryDeps, request: CreateMemberRequest): Promise<Enrolled> {
  const { merchantId, partnerId, settings = {} } = request
  checkMemberSettings(settings)
  return enrol(deps, 'member', request, (row) =>
    insertMember(deps.db, { ...row, merchantId, partnerId, ...DEFAULT_MEMBER_SETTINGS, ...settings }),
  )
}

const NUMBER_MIN = 10_000_000
const NUMBER_MAX = 9_999_999_999
const TRIES_MAX = 10

async function enrol(
  deps: DirectoryDeps,
  kind: KeyOwner,
  { username, number }: CreatePartnerRequest,
  insert: (row: NewPartner) => Promise<boolean>,
): Promise<Enrolled> {
  const id = newId()
  const secureKey = newSecureKey()
  const sealedKey = sealSecureKey(deps.vault, { kind, id }, secureKey)
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const chosen = number ?? BigInt(randomInt(NUMBER_MIN, NUMBER_MAX + 1))
    if (await insert({ id, number: chosen, username, sealedKey })) {
      return { id, number: chosen.toString(), username, secureKey }
    }
    if (number !== undefined) break
  }
  throw new Error(`there is a ${kind} with this number already`)
}
