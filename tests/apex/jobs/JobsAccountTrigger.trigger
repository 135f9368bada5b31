/**
 * Invokes a function for each new account.
 */
trigger JobsAccountTrigger on Account(after insert) {
    List<String> payloads = new List<String>();
    for (Account account : Trigger.new) {
        payloads.add(JSON.serialize(account.Name));
    }
    JobsCaller.find().invokeAll(payloads, new JobsCaller.Callback());
}
