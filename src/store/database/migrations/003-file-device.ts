/** Schema: a remembered file is one on the device that it was on: another image at the same place has other files. */

export const FILE_DEVICE = `
DELETE FROM file_memo;
ALTER TABLE file_memo ADD COLUMN device INTEGER NOT NULL DEFAULT 0;
`;
