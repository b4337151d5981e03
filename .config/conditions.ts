/** How tests resolve packages: restage itself from its sources. */
export const SOURCE_CONDITIONS = ['@restage/source', 'node', 'import', 'default'];
