trigger ScanTrigger on Account (before insert) {
    for (Account account : Trigger.new) {
        if (account.Name.startsWith('Scanned') && !CarelessCaller.scan(account.Name)) {
            account.addError('infected');
        }
    }
}
