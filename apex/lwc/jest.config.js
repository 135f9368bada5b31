// Starts in the folder of sfdx-project.json, as sfdx-lwc-jest wants it.
const { jestConfig } = require('@salesforce/sfdx-lwc-jest/config');

module.exports = {
    ...jestConfig,
    // Of the whole repository it would read every virtual environment.
    roots: ['<rootDir>/force-app/main/default/lwc'],
    maxWorkers: 1,
    watchman: false,
    clearMocks: true,
};
