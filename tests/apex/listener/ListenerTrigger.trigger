/**
 * Listens to outcomes, as Apex of a customer does.
 */
trigger ListenerTrigger on FunctionOutcome__e(after insert) {
    for (FunctionOutcome__e outcome : Trigger.new) {
        System.debug(outcome.FunctionName__c + ' ' + outcome.Status__c + ' ' + outcome.StatusCode__c);
        System.debug(outcome.RecordId__c + ' ' + outcome.UserId__c);
    }
}
