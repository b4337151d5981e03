/** Why a directory of a remote is not there, and what to do about it, as the end of a sentence. */

export const GONE = 'it was there and is gone; mount its disk again, or find out who removed it';
export const NO_HOME = 'the directory above it does not exist; mount its disk, or correct the address';
