import { subscribe, unsubscribe } from 'lightning/empApi';

const CHANNEL = '/event/FunctionOutcome__e';
const NEW_EVENTS_ONLY = -1;
const PAUSE_MS = 5000;
// An event may be lost, or not be the user's to read: so it is asked all the same, but seldom.
const PAUSE_WITH_EVENTS_MS = 30000;

/**
 * Has a request's status asked for at each event of it, and every few seconds where there are no events.
 */
export class OutcomeWatch {
    /**
     * Begin to listen: before the request starts, so that no event of it is missed.
     *
     * @param {Function} ask asynchronous; given the id of the request
     */
    constructor(ask) {
        this.ask = ask;
        this.listen();
    }

    /** Ask for a request's status now, and again until end(). */
    follow(recordId) {
        this.recordId = recordId;
        return this.look();
    }

    /** Neither listen nor ask any more. */
    end() {
        this.hasEnded = true;
        clearTimeout(this.timer);
        if (this.subscription) {
            unsubscribe(this.subscription);
        }
    }

    async listen() {
        try {
            this.subscription = await subscribe(CHANNEL, NEW_EVENTS_ONLY, (event) => this.hear(event));
        } catch {
            // Not on this page, or not for this user: asking has to do.
            return;
        }
        if (this.hasEnded) {
            unsubscribe(this.subscription);
        }
    }

    hear(event) {
        if (this.recordId && event.data.payload.RecordId__c === this.recordId) {
            this.look();
        }
    }

    async look() {
        clearTimeout(this.timer);
        if (this.hasEnded) {
            return;
        }
        await this.ask(this.recordId);
        clearTimeout(this.timer);
        if (!this.hasEnded) {
            // eslint-disable-next-line @lwc/lwc/no-async-operation
            this.timer = setTimeout(() => this.look(), this.subscription ? PAUSE_WITH_EVENTS_MS : PAUSE_MS);
        }
    }
}
