/**
 * Colours of the pictures: fills by status, light enough for black text, and distinguishable for people who see few
 * colours.
 */
import type { Box } from './picture.ts';

export const FILLS: Readonly<Record<NonNullable<Box['status']> | 'unknown', string>> = {
  hit: '#d3f0d8',
  'cut-off': '#d3f0d8',
  ran: '#ffd9a8',
  run: '#ffd9a8',
  pending: '#fff3c4',
  failed: '#f7b5ad',
  skipped: '#dcdfe4',
  mixed: '#dbe6fb',
  unknown: '#f4f5f7',
};
export const LINE = '#4a5361';
export const FAINT = '#6b7480';
