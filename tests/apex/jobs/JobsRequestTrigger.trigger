/**
 * Breaks a limit when an acceptance is noted, as long as there is an account that asks for it.
 */
trigger JobsRequestTrigger on AsyncFunctionInvocationRequest__c(after update) {
    if (Trigger.new[0].StatusCode__c == 201 && ![SELECT Id FROM Account WHERE Name = 'greedy'].isEmpty()) {
        for (Integer i = 0; i < 200; i++) {
            insert as system new Contact(LastName = 'one too many');
        }
    }
}
