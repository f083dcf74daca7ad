//! Every table as diesel sees it; a test compares it with both live schemas.

#![expect(missing_docs, reason = "the columns are documented in the migrations")]

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    installation (id) {
        id -> Integer,
        sending_paused_at -> Nullable<BigInt>,
        sending_pause_reason -> Nullable<Text>,
        soft_bounces -> BigInt,
        soft_bounce_days -> BigInt,
        brake_bounces -> BigInt,
        brake_complaints -> BigInt,
        consent_networks -> Text,
        warm_up -> Nullable<Text>,
        delivers_directly -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    accounts (id) {
        id -> PublicId,
        name -> Text,
        postal_address -> Text,
        website -> Text,
        contact -> Text,
        address_key -> Binary,
        consent_head -> Nullable<Binary>,
        paused_at -> Nullable<BigInt>,
        pause_reason -> Nullable<Text>,
        hourly_limit -> Nullable<BigInt>,
        daily_limit -> Nullable<BigInt>,
        created_at -> BigInt,
        pool -> Nullable<Text>,
        brake_bounces -> Nullable<BigInt>,
        brake_complaints -> Nullable<BigInt>,
        brake_sample -> Nullable<BigInt>,
        warm_up -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    users (id) {
        id -> PublicId,
        account_id -> Nullable<PublicId>,
        address -> Text,
        password_hash -> Nullable<Text>,
        role -> Text,
        language -> Text,
        created_at -> BigInt,
        disabled_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    sessions (token_hash) {
        token_hash -> Binary,
        user_id -> PublicId,
        network -> Text,
        created_at -> BigInt,
        seen_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    invitations (token_hash) {
        token_hash -> Binary,
        nonce -> Binary,
        user_id -> PublicId,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    api_tokens (id) {
        id -> PublicId,
        account_id -> Nullable<PublicId>,
        token_hash -> Binary,
        label -> Text,
        scope -> Text,
        created_at -> BigInt,
        used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    audit_entries (id) {
        id -> BigInt,
        at -> BigInt,
        account_id -> Nullable<PublicId>,
        actor -> Text,
        action -> Text,
        subject -> Text,
        reason -> Text,
        network -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    idempotency_keys (account_id, idempotency_key) {
        account_id -> PublicId,
        idempotency_key -> Text,
        request_hash -> Binary,
        status -> Integer,
        body -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    counters (name, window_at) {
        name -> Text,
        window_at -> BigInt,
        hits -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    sending_domains (id) {
        id -> PublicId,
        account_id -> PublicId,
        name -> Text,
        dkim_selector -> Text,
        dkim_private_key -> Binary,
        findings -> Text,
        checked_at -> Nullable<BigInt>,
        verified_at -> Nullable<BigInt>,
        created_at -> BigInt,
        signing -> Text,
        ed25519_private_key -> Nullable<Binary>,
        ed25519_finding -> Nullable<Text>,
        ed25519_found_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    lists (id) {
        id -> PublicId,
        account_id -> PublicId,
        name -> Text,
        from_name -> Text,
        from_address -> Text,
        reply_to -> Nullable<Text>,
        language -> Text,
        description -> Text,
        has_archive -> Bool,
        created_at -> BigInt,
        closed_at -> Nullable<BigInt>,
        sends_welcome -> Bool,
        sends_goodbye -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    forms (id) {
        id -> PublicId,
        account_id -> PublicId,
        list_id -> PublicId,
        version -> Integer,
        allowed_origins -> Text,
        redirect_url -> Nullable<Text>,
        created_at -> BigInt,
        closed_at -> Nullable<BigInt>,
        rules -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    form_versions (form_id, version) {
        form_id -> PublicId,
        version -> Integer,
        title -> Text,
        consent_text -> Text,
        fields -> Text,
        language -> Text,
        created_at -> BigInt,
        intro -> Text,
        purposes -> Text,
        offers -> Text,
        look -> Text,
        drawn -> Text,
        edition -> Integer,
        stylesheet -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    subscribers (id) {
        id -> PublicId,
        account_id -> PublicId,
        address -> Nullable<Text>,
        address_hash -> Binary,
        attributes -> Text,
        created_at -> BigInt,
        erased_at -> Nullable<BigInt>,
        moved_to -> Nullable<PublicId>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    subscriptions (id) {
        id -> PublicId,
        account_id -> PublicId,
        subscriber_id -> PublicId,
        list_id -> PublicId,
        state -> Text,
        requested_at -> BigInt,
        confirmed_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        end_reason -> Nullable<Text>,
        expires_at -> Nullable<BigInt>,
        frequency -> Nullable<Text>,
        paused_until -> Nullable<BigInt>,
        digest_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    confirmations (token_hash) {
        token_hash -> Binary,
        nonce -> Binary,
        subscription_id -> PublicId,
        form_id -> Nullable<PublicId>,
        form_version -> Nullable<Integer>,
        wording -> Text,
        attributes -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        asked_name -> Nullable<Text>,
        together -> Text,
        held_at -> Nullable<BigInt>,
        confirmed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    consent_records (id) {
        id -> BigInt,
        account_id -> PublicId,
        subscription_id -> PublicId,
        subscriber_id -> PublicId,
        list_id -> PublicId,
        at -> BigInt,
        event -> Text,
        via -> Text,
        form_id -> Nullable<PublicId>,
        form_version -> Nullable<Integer>,
        wording -> Text,
        language -> Text,
        origin -> Text,
        network -> Text,
        user_agent -> Text,
        detail -> Text,
        personal_salt -> Nullable<Binary>,
        personal_hash -> Binary,
        previous_hash -> Nullable<Binary>,
        hash -> Binary,
        scheme -> Integer,
        mail_hash -> Nullable<Binary>,
        form_hash -> Nullable<Binary>,
        shown_in -> Nullable<Text>,
    }
}

diesel::table! {
    consent_samples (hash) {
        hash -> Binary,
        sample -> Binary,
    }
}

diesel::table! {
    consent_mails (record_id) {
        record_id -> BigInt,
        sample_hash -> Binary,
        kept -> Binary,
    }
}

diesel::table! {
    consent_seals (day) {
        day -> Text,
        sealed_at -> BigInt,
        accounts -> BigInt,
        heads -> Binary,
        previous -> Nullable<Binary>,
        digest -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    consent_seal_heads (day, account_id) {
        day -> Text,
        account_id -> PublicId,
        head -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    consent_walk_attempts (account_id) {
        account_id -> PublicId,
        tried_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    consent_walks (account_id) {
        account_id -> PublicId,
        walked_at -> BigInt,
        records -> BigInt,
        broken_record -> Nullable<BigInt>,
        broken_day -> Nullable<Text>,
        difference -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    suppressions (id) {
        id -> PublicId,
        account_id -> PublicId,
        address -> Nullable<Text>,
        address_hash -> Binary,
        reason -> Text,
        evidence -> Text,
        delivery_id -> Nullable<BigInt>,
        created_at -> BigInt,
        lifted_at -> Nullable<BigInt>,
        lift_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    campaigns (id) {
        id -> PublicId,
        account_id -> PublicId,
        list_id -> PublicId,
        subject -> Text,
        preheader -> Text,
        body_format -> Text,
        body -> Text,
        body_text -> Nullable<Text>,
        segment -> Nullable<Text>,
        state -> Text,
        paused_reason -> Nullable<Text>,
        start_at -> Nullable<BigInt>,
        plan -> Nullable<Text>,
        audience -> BigInt,
        frozen -> BigInt,
        freeze_cursor -> Nullable<PublicId>,
        frozen_at -> Nullable<BigInt>,
        created_at -> BigInt,
        started_at -> Nullable<BigInt>,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    campaign_brakes (campaign_id) {
        campaign_id -> PublicId,
        account_id -> PublicId,
        rate -> Text,
        hits -> BigInt,
        sent -> BigInt,
        most -> BigInt,
        warned_at -> Nullable<BigInt>,
        paused_at -> Nullable<BigInt>,
        base_sent -> BigInt,
        base_bounces -> BigInt,
        base_complaints -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    campaign_progress (campaign_id, minute_at) {
        campaign_id -> PublicId,
        minute_at -> BigInt,
        accepted -> BigInt,
        failed -> BigInt,
        deferred -> BigInt,
        skipped -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    deliveries (id) {
        id -> BigInt,
        kind -> Text,
        account_id -> Nullable<PublicId>,
        campaign_id -> Nullable<PublicId>,
        list_id -> Nullable<PublicId>,
        subscriber_id -> Nullable<PublicId>,
        subscription_id -> Nullable<PublicId>,
        cause -> Nullable<Binary>,
        address -> Text,
        lane -> Text,
        position -> BigInt,
        state -> Text,
        attempts -> Integer,
        created_at -> BigInt,
        due_at -> BigInt,
        expires_at -> BigInt,
        claimed_by -> Nullable<Text>,
        claimed_until -> Nullable<BigInt>,
        last_code -> Nullable<Integer>,
        last_reply -> Nullable<Text>,
        finished_at -> Nullable<BigInt>,
        bounced_at -> Nullable<BigInt>,
        complained_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    digest_letters (digest_id, delivery_id) {
        digest_id -> BigInt,
        delivery_id -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    inbound_messages (id) {
        id -> BigInt,
        content_hash -> Binary,
        channel -> Text,
        envelope_from -> Text,
        envelope_to -> Text,
        message -> Binary,
        state -> Text,
        kind -> Nullable<Text>,
        account_id -> Nullable<PublicId>,
        delivery_id -> Nullable<BigInt>,
        note -> Text,
        received_at -> BigInt,
        judged_at -> Nullable<BigInt>,
        source -> Text,
        reporter -> Nullable<Text>,
        look_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    hook_tokens (token_hash) {
        token_hash -> Binary,
        event_hash -> Binary,
        seen_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    bounces (id) {
        id -> PublicId,
        account_id -> PublicId,
        delivery_id -> BigInt,
        campaign_id -> Nullable<PublicId>,
        subscriber_id -> Nullable<PublicId>,
        inbound_message_id -> Nullable<BigInt>,
        severity -> Text,
        class -> Text,
        status -> Text,
        reply -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    complaints (id) {
        id -> PublicId,
        account_id -> PublicId,
        delivery_id -> BigInt,
        campaign_id -> Nullable<PublicId>,
        subscriber_id -> Nullable<PublicId>,
        inbound_message_id -> Nullable<BigInt>,
        feedback_type -> Text,
        source -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    kept_answers (holder_id, idempotency_key) {
        holder_id -> PublicId,
        idempotency_key -> Text,
        request_hash -> Binary,
        status -> Integer,
        body -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    leave_reasons (subscription_id, left_at) {
        subscription_id -> PublicId,
        left_at -> BigInt,
        account_id -> PublicId,
        list_id -> PublicId,
        reason -> Text,
        comment -> Text,
        told_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    address_changes (old_hash) {
        account_id -> PublicId,
        subscriber_id -> PublicId,
        list_id -> PublicId,
        new_address -> Nullable<Text>,
        old_nonce -> Binary,
        old_hash -> Binary,
        new_nonce -> Binary,
        new_hash -> Binary,
        created_at -> BigInt,
        expires_at -> BigInt,
        old_agreed_at -> Nullable<BigInt>,
        new_agreed_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        outcome -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    lanes (name) {
        name -> Text,
        connections -> Nullable<BigInt>,
        messages -> Nullable<BigInt>,
        hourly -> Nullable<BigInt>,
        permille -> BigInt,
        since -> Nullable<BigInt>,
        stopped_until -> Nullable<BigInt>,
        reply -> Nullable<Text>,
        full_at -> Nullable<BigInt>,
        first_at -> Nullable<BigInt>,
        demands_tls -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    account_lanes (account_id, lane) {
        account_id -> PublicId,
        lane -> Text,
        permille -> BigInt,
        since -> Nullable<BigInt>,
        stopped_until -> Nullable<BigInt>,
        reply -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    campaign_lanes (campaign_id, lane) {
        campaign_id -> PublicId,
        lane -> Text,
        audience -> BigInt,
        full_at -> Nullable<BigInt>,
        retries_full_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    campaign_ranges (campaign_id, number) {
        campaign_id -> PublicId,
        number -> BigInt,
        after -> PublicId,
        upto -> PublicId,
        stamped_before -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    warm_ups (account_id, domain, lane) {
        account_id -> PublicId,
        domain -> Text,
        lane -> Text,
        day_at -> BigInt,
        ceiling -> BigInt,
        full_at -> Nullable<BigInt>,
        warm_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    connection_places (lane, source, node) {
        lane -> Text,
        source -> Text,
        node -> Text,
        wanted -> BigInt,
        places -> BigInt,
        until -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    warm_up_days (account_id, domain, lane, day_at) {
        account_id -> PublicId,
        domain -> Text,
        lane -> Text,
        day_at -> BigInt,
        tried -> BigInt,
        hard -> BigInt,
        deferred -> BigInt,
        complaints -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    receiving_domains (name) {
        name -> Text,
        lane -> Text,
        wanted_at -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    unwanted_addresses (name) {
        name -> Text,
        form_id -> Nullable<PublicId>,
        said_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    spent_passes (pass_hash) {
        pass_hash -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    floods (id) {
        id -> PublicId,
        account_id -> PublicId,
        form_id -> PublicId,
        step -> Text,
        tried -> BigInt,
        mailed -> BigInt,
        began_at -> BigInt,
        seen_at -> BigInt,
        next_mail_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    imports (id) {
        id -> PublicId,
        account_id -> PublicId,
        list_id -> PublicId,
        state -> Text,
        source -> Text,
        collected_on -> Text,
        basis -> Text,
        evidence -> Nullable<Text>,
        file_name -> Text,
        file_hash -> Binary,
        encoding -> Text,
        delimiter -> Text,
        fields -> Text,
        row_count -> BigInt,
        accepted -> BigInt,
        refused -> BigInt,
        asked -> BigInt,
        postponed -> BigInt,
        per_day -> BigInt,
        leg_at -> BigInt,
        leg_from -> BigInt,
        paused_at -> Nullable<BigInt>,
        pause_reason -> Nullable<Text>,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    import_chunks (import_id, number) {
        import_id -> PublicId,
        number -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    import_refusals (import_id, line) {
        import_id -> PublicId,
        line -> BigInt,
        reason -> Text,
        typed -> Text,
        subscriber_id -> Nullable<PublicId>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::storage::columns::PublicId;
    import_askings (import_id, position) {
        import_id -> PublicId,
        position -> BigInt,
        subscription_id -> PublicId,
        request -> Binary,
        asked_at -> Nullable<BigInt>,
        delivery_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    relay_states (node) {
        node -> Text,
        reason -> Nullable<Text>,
        seen_at -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    installation,
    accounts,
    users,
    sessions,
    invitations,
    api_tokens,
    audit_entries,
    idempotency_keys,
    counters,
    sending_domains,
    lists,
    forms,
    form_versions,
    subscribers,
    subscriptions,
    confirmations,
    unwanted_addresses,
    spent_passes,
    floods,
    consent_records,
    consent_samples,
    consent_mails,
    consent_seals,
    consent_seal_heads,
    consent_walks,
    consent_walk_attempts,
    imports,
    import_chunks,
    import_refusals,
    import_askings,
    suppressions,
    campaigns,
    campaign_brakes,
    campaign_progress,
    lanes,
    account_lanes,
    campaign_lanes,
    campaign_ranges,
    warm_ups,
    warm_up_days,
    connection_places,
    receiving_domains,
    deliveries,
    digest_letters,
    inbound_messages,
    hook_tokens,
    bounces,
    complaints,
    kept_answers,
    leave_reasons,
    address_changes,
    relay_states,
);
