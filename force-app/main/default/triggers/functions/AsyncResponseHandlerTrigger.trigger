/**
 * A result that arrives on a record goes to its callback.
 */
trigger AsyncResponseHandlerTrigger on AsyncFunctionInvocationRequest__c(before update) {
    AsyncResponseHandlerTriggerHandler.beforeUpdate(Trigger.new, Trigger.oldMap);
}
