// Finds members and partners with their keys opened, and remembers them for some seconds, those that do not exist too.
import type { Queryable } from '../db/pool.ts'
import { createLookup, type Lookup } from '../principals/lookup.ts'
import type { Vault } from '../vault/vault.ts'
import { isMemberNumber, type Member, type Partner } from './member.ts'
import {
  findMemberByNumber,
  findMemberByUsername,
  findMemberOfMerchant,
  findPartnerByNumber,
  type MemberRow,
  type PartnerRow,
} from './queries.ts'
import { openSecureKey } from './secure-keys.ts'

export interface DirectoryDeps {
  readonly db: Queryable
  readonly vault: Pick<Vault, 'openText' | 'sealText'>
}

/** With `refuseUnknown` each throws `rate_limited` instead of asking for what this process has never found. */
export interface Directory {
  member(number: string, refuseUnknown?: boolean): Promise<Member | undefined>
  memberByUsername(partnerNumber: string, username: string, refuseUnknown?: boolean): Promise<Member | undefined>
  /** The member that a merchant is: for callbacks, which start at a payment. */
  memberOfMerchant(merchantId: string): Promise<Member | undefined>
  partner(number: string, refuseUnknown?: boolean): Promise<Partner | undefined>
  /** Forgets everybody: what has changed is seen at once in this process, and within five seconds in others. */
  forget(): void
}

/** A directory over the database. */
export function createDirectory(deps: DirectoryDeps): Directory {
  let lookups = createLookups(deps)
  return {
    member: async (number, refuseUnknown = false) =>
      isMemberNumber(number) ? lookups.byNumber(number, refuseUnknown) : undefined,
    memberByUsername: async (partnerNumber, username, refuseUnknown = false) =>
      isMemberNumber(partnerNumber) ? lookups.byUsername(`${partnerNumber}:${username}`, refuseUnknown) : undefined,
    memberOfMerchant: async (merchantId) => lookups.byMerchant(merchantId, false),
    partner: async (number, refuseUnknown = false) =>
      isMemberNumber(number) ? lookups.partner(number, refuseUnknown) : undefined,
    forget() {
      lookups = createLookups(deps)
    },
  }
}

interface Lookups {
  readonly byNumber: Lookup<Member>
  readonly byUsername: Lookup<Member>
  readonly byMerchant: Lookup<Member>
  readonly partner: Lookup<Partner>
}

function createLookups({ db, vault }: DirectoryDeps): Lookups {
  const now = () => performance.now()
  const open = (row: MemberRow | undefined) => row && openMember(vault, row)
  return {
    byNumber: createLookup({ now, find: async (number) => open(await findMemberByNumber(db, number)) }),
    byUsername: createLookup({
      now,
      find: async (key) => {
        const colon = key.indexOf(':')
        return open(await findMemberByUsername(db, key.slice(0, colon), key.slice(colon + 1)))
      },
    }),
    byMerchant: createLookup({ now, find: async (id) => open(await findMemberOfMerchant(db, id)) }),
    partner: createLookup({
      now,
      find: async (number) => {
        const row = await findPartnerByNumber(db, number)
        return row && openPartner(vault, row)
      },
    }),
  }
}

function openMember(vault: DirectoryDeps['vault'], row: MemberRow): Member {
  const { id, merchantId, merchantName, sealedKey, sealedPreviousKey, number, partnerNumber, ...rest } = row
  const open = (sealed: Buffer) => openSecureKey(vault, { kind: 'member', id }, sealed)
  return {
    ...rest,
    kind: 'merchant',
    id: merchantId,
    name: merchantName,
    accessKey: number.toString(),
    memberId: id,
    number: number.toString(),
    partnerNumber: partnerNumber.toString(),
    secureKeys: [open(sealedKey), ...(sealedPreviousKey ? [open(sealedPreviousKey)] : [])],
  }
}

function openPartner(vault: DirectoryDeps['vault'], { id, number, sealedKey, ...rest }: PartnerRow): Partner {
  const key = openSecureKey(vault, { kind: 'partner', id }, sealedKey)
  return { ...rest, partnerId: id, number: number.toString(), secureKeys: [key] }
}
