import { createElement } from 'lwc';
import { subscribe, unsubscribe } from 'lightning/empApi';
import cancel from '@salesforce/apex/FunctionRunnerController.cancel';
import start from '@salesforce/apex/FunctionRunnerController.start';
import status from '@salesforce/apex/FunctionRunnerController.status';
import FunctionRunner from 'c/functionRunner';

jest.mock('@salesforce/apex/FunctionRunnerController.cancel', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/FunctionRunnerController.start', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/FunctionRunnerController.status', () => ({ default: jest.fn() }), { virtual: true });
// Salesforce's stand-in keeps neither name nor value.
jest.mock('lightning/flowSupport', () => ({
    FlowAttributeChangeEvent: class extends CustomEvent {
        constructor(name, value) {
            super('lightning__flowattributechange', { bubbles: true, composed: true, detail: [name, value] });
        }
    },
}));

const UNSENT = { status: 'PENDING', mayBeCancelled: true };
const RUNNING = { status: 'PENDING', statusCode: 201, mayBeCancelled: false };
const SUCCESS = { status: 'SUCCESS', statusCode: 200, response: '{"a":1}', mayBeCancelled: false };
const FAILURE = { status: 'ERROR', statusCode: 500, errorText: 'no stock', mayBeCancelled: false };

let runner;
let outputs;

beforeEach(() => {
    jest.useFakeTimers();
    outputs = [];
    subscribe.mockResolvedValue({ id: 'subscription' });
    start.mockResolvedValue('a01');
    status.mockResolvedValue(UNSENT);
    runner = createElement('c-function-runner', { is: FunctionRunner });
    Object.assign(runner, { functionName: 'project.function', payload: '{"n":1}', label: 'Go' });
    runner.addEventListener('lightning__flowattributechange', (event) => outputs.push(event.detail));
    document.body.appendChild(runner);
});

afterEach(() => {
    runner.remove();
    jest.useRealTimers();
});

const settle = () => jest.advanceTimersByTimeAsync(0);
const find = (selector) => runner.shadowRoot.querySelector(selector);
const button = (action) => find(`[data-action="${action}"]`);
const told = () => find('[role="status"]').textContent;

async function press(action) {
    button(action).click();
    await settle();
}

function publish(recordId) {
    const [channel, , listener] = subscribe.mock.calls[0];
    expect(channel).toBe('/event/FunctionOutcome__e');
    listener({ data: { payload: { RecordId__c: recordId } } });
    return settle();
}

it('starts nothing before the button is pressed', () => {
    expect(button('start').label).toBe('Go');
    expect(start).not.toHaveBeenCalled();
    expect(subscribe).not.toHaveBeenCalled();
});

it('shows how far the function is, in words that are read out', async () => {
    await press('start');
    expect(start).toHaveBeenCalledWith({ functionName: 'project.function', payloadJson: '{"n":1}' });
    expect(told()).toBe('Waiting to be sent');
    const before = find('lightning-progress-bar').value;

    status.mockResolvedValue(RUNNING);
    await publish('a01');

    expect(told()).toBe('The function is running');
    expect(find('[role="status"]').getAttribute('aria-live')).toBe('polite');
    expect(find('lightning-progress-bar').value).toBeGreaterThan(before);
    expect(button('start')).toBeNull();
});

it('asks when an event of its own request comes, and not at those of others', async () => {
    await press('start');
    status.mockResolvedValue(SUCCESS);

    await publish('another');
    expect(status).toHaveBeenCalledTimes(1);
    await publish('a01');

    expect(find('pre').textContent).toBe('{"a":1}');
    expect(runner.response).toBe('{"a":1}');
    expect(find('lightning-progress-bar')).toBeNull();
    expect(unsubscribe).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(120000);
    expect(status).toHaveBeenCalledTimes(2);
});

it.each([
    ['without events', () => subscribe.mockRejectedValue(new Error('not here')), 6000],
    ['when an event is lost', () => {}, 31000],
])('has the outcome %s', async (_, prepare, wait) => {
    prepare();
    await press('start');
    status.mockResolvedValue(SUCCESS);

    await jest.advanceTimersByTimeAsync(wait);

    expect(told()).toBe('Done');
});

it('tells a failure, and tries again as a new request', async () => {
    status.mockResolvedValue(FAILURE);
    await press('start');
    expect(told()).toBe('no stock');
    expect(runner.errorText).toBe('no stock');
    expect(button('start').label).toBe('Try again');

    start.mockResolvedValue('a02');
    status.mockResolvedValue(SUCCESS);
    await press('start');

    expect(status).toHaveBeenLastCalledWith({ recordId: 'a02' });
    expect(told()).toBe('Done');
    expect(runner.errorText).toBeUndefined();
});

it('tells why nothing was started', async () => {
    start.mockRejectedValue({ body: { message: 'no such function' } });
    await press('start');
    expect(told()).toBe('no such function');
    expect(status).not.toHaveBeenCalled();
});

it('cancels what was not sent, and nothing else', async () => {
    await press('start');
    cancel.mockResolvedValue({ ...FAILURE, errorText: 'Cancelled before it was sent' });
    await press('cancel');
    expect(cancel).toHaveBeenCalledWith({ recordId: 'a01' });
    expect(told()).toBe('Cancelled before it was sent');

    status.mockResolvedValue(RUNNING);
    await press('start');
    expect(button('cancel')).toBeNull();
});

it('forgets a late answer about a request that was cancelled', async () => {
    let answer;
    await press('start');
    status.mockReturnValue(new Promise((resolve) => (answer = resolve)));
    await publish('a01');
    cancel.mockResolvedValue(FAILURE);
    await press('cancel');
    start.mockResolvedValue('a02');
    status.mockResolvedValue(UNSENT);
    await press('start');

    answer(SUCCESS);
    await settle();

    expect(told()).toBe('Waiting to be sent');
});

it('goes on when it could not be cancelled, or not be asked', async () => {
    await press('start');
    cancel.mockRejectedValue({ body: { message: 'It was sent already' } });
    await press('cancel');
    expect(told()).toBe('It was sent already');

    status.mockRejectedValueOnce(new Error('offline'));
    await publish('a01');
    expect(told()).toBe('offline');
    status.mockResolvedValue(SUCCESS);
    await publish('a01');
    expect(told()).toBe('Done');
});

it('keeps the focus when the pressed button vanishes', async () => {
    button('start').focus();
    await press('start');
    expect(runner.shadowRoot.activeElement).toBe(find('[role="status"]'));
});

it.each([
    ['sent', RUNNING],
    ['done', SUCCESS],
])('keeps the focus when the button to cancel vanishes, since it is %s', async (_, news) => {
    await press('start');
    // Salesforce's stand-in for a button takes no focus by itself.
    button('cancel').tabIndex = 0;
    button('cancel').focus();
    expect(runner.shadowRoot.activeElement).toBe(button('cancel'));
    status.mockResolvedValue(news);
    await publish('a01');
    expect(button('cancel')).toBeNull();
    expect(runner.shadowRoot.activeElement).toBe(find('[role="status"]'));
});

it('leaves the focus alone when it is elsewhere', async () => {
    await press('start');
    runner.shadowRoot.activeElement.blur();
    status.mockResolvedValue(SUCCESS);
    await publish('a01');
    expect(runner.shadowRoot.activeElement).toBeNull();
});

it('listens before it starts, so that no event is missed, and no longer than it must', async () => {
    let subscribed;
    subscribe.mockReturnValue(new Promise((resolve) => (subscribed = resolve)));
    status.mockResolvedValue(SUCCESS);
    await press('start');
    expect(subscribe.mock.invocationCallOrder[0]).toBeLessThan(start.mock.invocationCallOrder[0]);

    subscribed({ id: 'late' });
    await settle();

    expect(unsubscribe).toHaveBeenCalledWith({ id: 'late' });
});

it('tells a flow what came out', async () => {
    status.mockResolvedValue(SUCCESS);
    await press('start');
    expect(outputs.slice(-2)).toEqual([
        ['response', '{"a":1}'],
        ['errorText', undefined],
    ]);
});

it('neither listens nor asks when it has left the page, and goes on when it is back', async () => {
    await press('start');
    runner.remove();
    await jest.advanceTimersByTimeAsync(120000);
    expect(unsubscribe).toHaveBeenCalledTimes(1);
    expect(status).toHaveBeenCalledTimes(1);

    status.mockResolvedValue(SUCCESS);
    document.body.appendChild(runner);
    await settle();
    expect(told()).toBe('Done');
});
