/** What can be found about records and the chains that they make. */
import { AGAIN, INCIDENT, OBJECT } from './advice.ts'
import type { Rule } from './claims.ts'

export const FOUND_IN_RECORDS = {
  'record-missing': {
    claim: 'complete',
    text: 'The leaf has no record',
    todo: 'Export again. If it stays, the record was removed: open an incident.',
  },
  'record-without-leaf': {
    claim: 'complete',
    text: 'The record has no leaf: it is in no log',
    todo: INCIDENT,
  },
  'record-twice': {
    claim: 'complete',
    text: 'The record is there twice, or not in its place',
    todo: AGAIN,
  },
  'line-unreadable': { claim: 'complete', text: 'The line is no record line', todo: AGAIN },

  'commitment-differs': {
    claim: 'records',
    text: 'It is not the record that the leaf commits to: record, salt or place was changed',
    todo: INCIDENT,
  },
  'record-not-canonical': {
    claim: 'records',
    text: 'The record is not written in the one canonical way',
    todo: INCIDENT,
  },
  'record-version': {
    claim: 'records',
    text: 'The record is of a version that this program does not know',
    todo: 'Verify it with the release that wrote it.',
  },
  'record-schema': {
    claim: 'records',
    text: 'It is no record of any kind: a member is missing or cannot be what it is',
    todo: INCIDENT,
  },
  'record-unlisted': {
    claim: 'records',
    text: 'The record has a member that no record may have',
    todo: 'Look what it holds: it may be something that must not be kept.',
  },
  'record-disagrees': {
    claim: 'records',
    text: 'Type, time or number of the record are not those of its leaf',
    todo: INCIDENT,
  },

  'chain-of-two': {
    claim: 'chains',
    text: 'The record is of another key or subject than its chain',
    todo: INCIDENT,
  },
  'subject-of-two': {
    claim: 'chains',
    text: 'The key or subject has another chain already',
    todo: INCIDENT,
  },
  'chain-mixed': {
    claim: 'chains',
    text: 'A chain has numbers of calls and of changes',
    todo: INCIDENT,
  },

  'number-missing': {
    claim: 'sequence',
    text: 'Numbers of a key of which there is nothing in the log, not even a gap',
    todo: OBJECT,
  },
  'number-wrong': {
    claim: 'sequence',
    text: 'A leaf without the number that it must have, or with one that none can have',
    todo: INCIDENT,
  },
  'gap-over-records': {
    claim: 'sequence',
    text: 'The gap says that nothing is known of numbers that are in the log',
    todo: OBJECT,
  },
  'gap-twice': { claim: 'sequence', text: 'The gap covers another gap', todo: OBJECT },
  'number-after-gap': {
    claim: 'sequence',
    text: 'A number that had been given up was given later',
    todo: OBJECT,
  },

  'part-twice': {
    claim: 'calls',
    text: 'The number has this part already: it was given twice, or the leaf was repeated',
    todo: OBJECT,
  },
  'admission-open': {
    claim: 'calls',
    text: 'The call was admitted, and nothing says how it ended',
    todo: 'Ask the broker what became of the request, and look why the log did not close it.',
  },
  'outcome-without-admission': {
    claim: 'calls',
    text: 'The outcome says that an admission was written, and there is none',
    todo: INCIDENT,
  },
  'outcome-of-another': {
    claim: 'calls',
    text: 'Admission and outcome of one number are of different requests: the number was given twice',
    todo: OBJECT,
  },
  'unknown-without-admission': {
    claim: 'calls',
    text: 'An unknown outcome of a call that nobody admitted',
    todo: INCIDENT,
  },
  'unknown-after-outcome': {
    claim: 'calls',
    text: 'The outcome is said to be unknown, and is in the log',
    todo: INCIDENT,
  },
  'number-forked': {
    claim: 'calls',
    text: 'The gateway itself recorded that a number was given twice, by an object that came back from an older state',
    todo: OBJECT,
    note: true,
  },

  'change-missing': {
    claim: 'changes',
    text: 'Changes of which there is nothing in the log',
    todo: OBJECT,
  },
  'change-twice': {
    claim: 'changes',
    text: 'There is a change of this number already',
    todo: OBJECT,
  },

  'later-than-round': {
    claim: 'clock',
    text: 'The record is later than the round that took it in, by more than clocks differ',
    todo: 'Look at the clocks. Times of these records prove nothing.',
  },
  'later-than-witness': {
    claim: 'clock',
    text: 'The log’s last round says that it was later than a witness saw it',
    todo: 'Look at the sequencer’s clock. Times in the log prove nothing.',
  },
} as const satisfies Record<string, Rule>
