/** What can be found about a log as such: its checkpoints, entries, tiles and rounds. */
import { AGAIN, COMPARE, INCIDENT } from './advice.ts'
import type { Rule } from './claims.ts'

export const FOUND_IN_LOG = {
  'checkpoint-missing': { claim: 'signature', text: 'There is no checkpoint', todo: AGAIN },
  'checkpoint-unreadable': { claim: 'signature', text: 'It is not a checkpoint', todo: AGAIN },
  'checkpoint-untrusted': {
    claim: 'signature',
    text: 'No key that you trust has signed it',
    todo: 'Compare the log’s key with the one that you were given in another way. If it is the same, open an incident.',
  },
  'checkpoint-forged': {
    claim: 'signature',
    text: 'The signature of a trusted key is wrong: it was changed after it was signed',
    todo: INCIDENT,
  },
  'checkpoint-origin': {
    claim: 'signature',
    text: 'It is of another log than the key that signed it',
    todo: 'You hold the checkpoint, or the key, of another log.',
  },
  'key-missing': {
    claim: 'signature',
    text: 'Nobody said which key to trust',
    todo: 'Say it: --key VKEY or --trust FILE.',
  },
  'key-from-export': {
    claim: 'signature',
    text: 'The key was taken from the export itself, which proves nothing about who signed it',
    todo: 'Bring the key that you were given in another way: --key VKEY or --trust FILE.',
    note: true,
  },
  'key-announced': {
    claim: 'signature',
    text: 'Signed by a key that you did not name, but which the log announced under a checkpoint of one that you did',
    todo: 'Nothing, if the log’s key was changed at that time.',
    note: true,
  },
  'log-empty': {
    claim: 'tree',
    text: 'The log has no entries: nothing is proved',
    todo: 'Look whether this is the log that you meant.',
  },
  'witness-quorum': {
    claim: 'witnesses',
    text: 'Too few of the witnesses have cosigned it',
    todo: 'Ask the witnesses what they saw last, and why they did not cosign. Until then a fork is not excluded.',
  },

  'entries-missing': { claim: 'tree', text: 'An entry bundle is not there', todo: AGAIN },
  'entries-damaged': {
    claim: 'tree',
    text: 'An entry bundle cannot be split into its entries',
    todo: AGAIN,
  },
  'entries-count': {
    claim: 'tree',
    text: 'An entry bundle has not the number of entries that it must have',
    todo: AGAIN,
  },
  'leaf-unreadable': {
    claim: 'tree',
    text: 'The entry is no leaf of a record and none of a round',
    todo: INCIDENT,
  },
  'root-differs': {
    claim: 'tree',
    text: 'The entries have another root than the checkpoint: something was changed, removed, added or reordered',
    todo: INCIDENT,
  },
  'tile-missing': { claim: 'tiles', text: 'A hash tile is not there', todo: AGAIN },
  'tile-differs': {
    claim: 'tiles',
    text: 'A hash tile has another hash than the entry, or the tile below it',
    todo: INCIDENT,
  },

  'checkpoint-fork': {
    claim: 'history',
    text: 'The log signed two different checkpoints of one size: it shows different people different histories',
    todo: COMPARE,
  },
  'checkpoint-inconsistent': {
    claim: 'history',
    text: 'An older checkpoint is not of the beginning of this log: history was rewritten since',
    todo: COMPARE,
  },
  'checkpoint-newer': {
    claim: 'history',
    text: 'A checkpoint that was signed before is of a larger log: this one is cut short or rolled back',
    todo: COMPARE,
  },
  'older-checkpoint-unsigned': {
    claim: 'history',
    text: 'An older checkpoint cannot be read, or no trusted key signed it as it is',
    todo: 'It proves nothing. Look where it came from.',
  },

  'round-missing': {
    claim: 'rounds',
    text: 'Leaves that no round took in',
    todo: INCIDENT,
  },
  'round-size': {
    claim: 'rounds',
    text: 'The round says another size of the log than it had',
    todo: INCIDENT,
  },
  'round-root': {
    claim: 'rounds',
    text: 'The round stands on another history than the one before it',
    todo: INCIDENT,
  },
  'round-earlier': {
    claim: 'rounds',
    text: 'The round is earlier than the one before it',
    todo: 'Look at the sequencer: its clock or its state went back.',
  },
  'round-mark-back': {
    claim: 'rounds',
    text: 'A shard’s mark went back: what it took before can be taken again',
    todo: 'Look at the sequencer: its state went back.',
  },
  'round-mark-still': {
    claim: 'rounds',
    text: 'A leaf of a shard whose mark does not cover it: it was put in a second time, or from elsewhere',
    todo: 'A batch was taken in twice, or made up. Look at the sequencer.',
  },
  'bundle-again': {
    claim: 'rounds',
    text: 'A leaf of a bundle of its shard that was taken in before',
    todo: 'A batch was taken in twice, or out of order. Look at the sequencer.',
  },
  'key-unannounced': {
    claim: 'rounds',
    text: 'A key signed that the log had not announced',
    todo: 'Ask who made the key and when. If nobody knows, open an incident.',
  },
  'clock-back': {
    claim: 'rounds',
    text: 'The sequencer’s clock had gone back, and it said so',
    todo: 'Times of that round are its last good one.',
    note: true,
  },
} as const satisfies Record<string, Rule>
