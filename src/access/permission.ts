/** The permission of a key with which the broker itself tells prices, executions and positions, and may do nothing else. */
export const FEED_PERMISSION = 'origin.feed'
