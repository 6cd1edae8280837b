/** What to do, where it is the same for several findings. */

export const AGAIN = 'Export again. If it stays, keep both exports and open an incident.'
export const INCIDENT =
  'Keep this export as it is, and open an incident: docs/audit.md, "When it fails".'
export const COMPARE =
  'Keep both checkpoints: together they prove it. Ask the witnesses which one they saw.'
export const OBJECT =
  'Look whether the object of this key was restored at that time (docs/restore.md), then open an incident.'
