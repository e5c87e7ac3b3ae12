// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId} from "../../../contracts/types/Ids.sol";
import {Dice} from "./Dice.sol";
import {SharesWorld} from "./SharesWorld.sol";
import {vm} from "./Vm.sol";

/// @title SharesHandler
/// @notice Does with the shares of one entity whatever holders, its boards and strangers can do; each call
/// by the throw of dice that follow from its seed. It keeps a book of its own, in which everything is counted
/// in the plainest way, and notes the first breach of a law.
contract SharesHandler is SharesWorld {
    uint256 internal constant HOLDERS = 4;
    uint256 internal constant BOARDS = 4;
    uint256 private constant _CONTROL = 100;
    uint256 private constant _DIVIDEND = 10;

    /// @notice What was broken first; empty: nothing.
    string public breach;

    /// @notice How often something came about that the laws speak of.
    mapping(string what => uint256) public counts;

    address[HOLDERS] internal holders;

    // Control: the votes, since when a board has more than half, and what the board in office decided.
    mapping(address holder => uint256 key) private _votedFor;
    mapping(address holder => uint256) private _votes;
    mapping(uint256 key => uint256) private _majoritySince;
    uint256 private _office;
    bool private _ownDecided;
    uint256 private _own;
    uint256 private _ownFrom;

    // Dividends: what everybody has earned, in tenths of a unit, and taken.
    mapping(address holder => uint256) private _earned;
    mapping(address holder => uint256) private _taken;
    mapping(address holder => uint256) private _before;
    mapping(address holder => uint256) private _changedAt;
    uint256 private _paidIn;
    uint256 private _flowedBack;
    uint256 private _reported;

    constructor() {
        _createShares();
        holders = [ann, bob, cid, address(0xd0d0)];
    }

    // ─── What a fuzzer calls ────────────────────────────────────────────────────────────────────

    function give(uint256 seed) external {
        Dice memory dice = Dice(seed);
        (address from, address to) = (_anyHolder(dice), _anyHolder(dice));
        if (dice.oneIn(2)) _giveControl(from, to, dice.roll(60));
        else _giveDividend(from, to, dice.roll(7));
    }

    function vote(uint256 seed) external {
        Dice memory dice = Dice(seed);
        // Mostly for one board, so that there is a majority now and then.
        uint256 key =
            dice.oneIn(4)
                ? dice.roll(BOARDS)
                : _office == 1
                    ? 2
                    : 1;
        address holder = _anyHolder(dice);
        if (_votes[holder] != 0 && !dice.oneIn(4)) key = _votedFor[holder];
        uint256 balance = shares.balanceOf(holder, controlId);
        _castVote(holder, key, dice.oneIn(3) ? dice.roll(balance + 2) : balance);
    }

    function withdrawVote(uint256 seed) external {
        Dice memory dice = Dice(seed);
        address holder = _anyHolder(dice);
        if (dice.oneIn(2)) return _castVote(holder, _votedFor[holder], (_votes[holder] * 7) / 8);
        if (dice.oneIn(4)) _castVote(holder, _votedFor[holder], 0);
    }

    function decide(uint256 seed) external {
        Dice memory dice = Dice(seed);
        uint256 key = dice.roll(BOARDS);
        if (key == _office || dice.oneIn(2)) return;
        _replace(_office, key);
        (_ownDecided, _own, _ownFrom) = (true, key, block.timestamp + BOARD_DELAY);
    }

    function activate(uint256) external {
        _activate();
    }

    function payIn(uint256 seed) external {
        Dice memory dice = Dice(seed);
        uint256 amount = 1 + dice.roll(25);
        _payIn(amount);
        _paidIn += amount;
        if (dice.oneIn(2)) _report();
    }

    function take(uint256 seed) external {
        Dice memory dice = Dice(seed);
        address holder = _anyHolder(dice);
        bool back = dice.oneIn(6);
        _takeFor(holder, back, dice.oneIn(2) ? dice.roll(2) : ALL_CHANGES);
    }

    function warp(uint256 seed) external {
        Dice memory dice = Dice(seed);
        _wait(dice.oneIn(2) ? dice.roll(10 days) : dice.roll(3));
    }

    // ─── Steps, each held against the book ──────────────────────────────────────────────────────

    function _giveControl(address from, address to, uint256 value) internal {
        bool isFree = value + _votes[from] <= shares.balanceOf(from, controlId);
        bool moved = _tryGive(from, to, controlId, value);
        if (moved && value != 0) ++counts["control given"];
        if (!moved && value <= shares.balanceOf(from, controlId)) ++counts["locked"];
        _hold(!moved || isFree, "a locked share moved");
        _hold(moved || !isFree, "a free share is stuck");
    }

    function _giveDividend(address from, address to, uint256 value) internal {
        bool isThere = value <= shares.balanceOf(from, dividendId);
        _noteBefore(from);
        _noteBefore(to);
        bool moved = _tryGive(from, to, dividendId, value);
        if (moved && value != 0) ++counts["dividend given"];
        _hold(moved == isThere, "a dividend share is stuck, or moved without being there");
    }

    function _castVote(address holder, uint256 key, uint256 value) internal {
        bytes32 boardHash = _hash(key);
        bool isLess = key == _votedFor[holder] && value <= _votes[holder];
        vm.prank(holder);
        try shares.vote(company, boardHash, uint64(value)) {
            (_votedFor[holder], _votes[holder]) = (key, value);
            ++counts["voted"];
            _recount();
        } catch {
            _hold(!isLess, "a vote cannot be taken back");
        }
    }

    function _activate() internal {
        uint256 until = provider.tenureOf(company).outgoingUntil;
        (bool stands, uint256 elected) = _majority();
        uint256 from = stands ? _majoritySince[elected] + DELAY : _ownFrom;
        bool isDue = (stands || _ownDecided) && block.timestamp >= from;
        isDue = isDue && block.timestamp >= until;
        bytes32 expected = _hash(stands ? elected : _own);
        try provider.activateBoard(company) {
            _hold(isDue, "a board took over too early, or without more than half");
            _hold(provider.boardHashOf(company) == expected, "another board took over");
            ++counts[stands ? "elected" : "replaced itself"];
            _office = stands ? elected : _own;
            _ownDecided = false;
            if (stands) _endElection();
        } catch {
            _hold(!isDue, "a board cannot take over");
        }
    }

    function _report() internal {
        uint256 total = shares.reportDividend(_source());
        _noteReported(total);
    }

    function _takeFor(address holder, bool back, uint256 changes) internal {
        EntityId to = back ? pot : _homeOf(holder);
        vm.prank(holder);
        uint256 amount = shares.takeDividend(_source(), holder, to, changes);
        (uint256 total, ) = shares.dividendsOf(_source());
        _noteReported(total);
        _taken[holder] += amount;
        if (back) _flowedBack += amount;
        if (amount != 0) ++counts[back ? "flowed back" : "taken"];
        uint256 due = _earned[holder] / _DIVIDEND;
        _hold(_taken[holder] <= due, "more was taken than was earned");
        if (changes == ALL_CHANGES) _hold(_taken[holder] == due, "less was taken than was earned");
        else if (_taken[holder] != due) ++counts["reckoned in parts"];
    }

    // ─── Laws ───────────────────────────────────────────────────────────────────────────────────

    /// @notice What does not hold now; empty if all does.
    function broken() public view returns (string memory) {
        if (bytes(breach).length != 0) return breach;
        (uint256 control, uint256 dividend, uint256 taken, uint256 earned) = (0, 0, 0, 0);
        for (uint256 i; i < HOLDERS; ++i) {
            address holder = holders[i];
            control += shares.balanceOf(holder, controlId);
            dividend += shares.balanceOf(holder, dividendId);
            taken += _taken[holder];
            earned += _earned[holder];
            if (shares.balanceOf(holder, controlId) < _votes[holder]) return "a locked share moved";
            if (shares.voteOf(company, holder).shares != _votes[holder]) return "another vote";
        }
        if (control != _CONTROL || dividend != _DIVIDEND) return "shares were made or lost";
        return _brokenSums(taken, earned);
    }

    function _brokenSums(uint256 taken, uint256 earned) private view returns (string memory) {
        (uint256 total, uint256 paid) = shares.dividendsOf(_source());
        if (paid != taken) return "what was paid is not what was taken";
        if (earned != total * _DIVIDEND) return "what was earned is not what came in";
        uint256 reserve = depository.reserveOf(pot, tokenId);
        if (reserve + taken != _paidIn + _flowedBack) return "the pot has lost something";
        for (uint256 key; key < BOARDS; ++key) {
            if (shares.tallyOf(company, _hash(key)) != _tally(key)) return "another tally";
        }
        return "";
    }

    // ─── The book ───────────────────────────────────────────────────────────────────────────────

    function _tryGive(address from, address to, uint256 id, uint256 value) private returns (bool) {
        vm.prank(from);
        try shares.safeTransferFrom(from, to, id, value, "") {
            return true;
        } catch {
            return false;
        }
    }

    /// @dev What somebody held before this second, at its first change.
    function _noteBefore(address holder) private {
        if (_changedAt[holder] == block.timestamp) return;
        (_changedAt[holder], _before[holder]) = (
            block.timestamp,
            shares.balanceOf(holder, dividendId)
        );
    }

    function _noteReported(uint256 total) private {
        uint256 arrived = total - _reported;
        _reported = total;
        for (uint256 i; i < HOLDERS; ++i) {
            address holder = holders[i];
            bool changed = _changedAt[holder] == block.timestamp;
            uint256 held = changed ? _before[holder] : shares.balanceOf(holder, dividendId);
            _earned[holder] += held * arrived;
        }
    }

    function _recount() private {
        for (uint256 key; key < BOARDS; ++key) {
            bool isMajority = 2 * _tally(key) > _CONTROL;
            if (isMajority && _majoritySince[key] == 0) _majoritySince[key] = block.timestamp;
            if (!isMajority) _majoritySince[key] = 0;
        }
    }

    function _endElection() private {
        for (uint256 i; i < HOLDERS; ++i) _votes[holders[i]] = 0;
        for (uint256 key; key < BOARDS; ++key) _majoritySince[key] = 0;
    }

    function _majority() private view returns (bool stands, uint256 elected) {
        for (uint256 key; key < BOARDS; ++key) if (_majoritySince[key] != 0) return (true, key);
    }

    function _tally(uint256 key) private view returns (uint256 sum) {
        for (uint256 i; i < HOLDERS; ++i) {
            if (_votedFor[holders[i]] == key) sum += _votes[holders[i]];
        }
    }

    function _anyHolder(Dice memory dice) private view returns (address) {
        return holders[dice.roll(HOLDERS)];
    }

    function _hold(bool kept, string memory what) private {
        if (!kept && bytes(breach).length == 0) breach = what;
    }
}
